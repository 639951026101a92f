// A headless browser with Chromium's fake camera and microphone: a moving picture and a beep.
import fs from 'node:fs';
import { chromium } from 'playwright-core';

export const chromiumPath = process.env.CHROMIUM ?? '/usr/bin/chromium';

const flags = [
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  '--autoplay-policy=no-user-gesture-required',
  // Loopback candidates too: on a machine without a network there are no others.
  '--allow-loopback-in-peer-connection',
  // The page draws only pictures: the software compositor is cheaper than an emulated graphics card.
  '--disable-gpu',
  // Containers have little shared memory.
  '--disable-dev-shm-usage',
];

/** @param {string[]} more additional flags */
export async function launchChromium(more = []) {
  if (!fs.existsSync(chromiumPath)) {
    throw new Error(`there is no ${chromiumPath}; the environment variable CHROMIUM names another`);
  }
  // Chromium does not start as root with its sandbox.
  const chromiumSandbox = process.getuid() !== 0;
  // The caller handles signals.
  const signals = { handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false };
  return chromium.launch({
    executablePath: chromiumPath,
    headless: true,
    chromiumSandbox,
    args: [...flags, ...more],
    ...signals,
  });
}
