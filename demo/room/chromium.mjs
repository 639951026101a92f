// A browser without a window, with a camera and a microphone that Chromium makes up: a moving picture and a beep.
import fs from 'node:fs';
import { chromium } from 'playwright-core';

export const chromiumPath = process.env.CHROMIUM ?? '/usr/bin/chromium';

const flags = [
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  '--autoplay-policy=no-user-gesture-required',
  // Candidates of loopback as well: on a machine without a network there are no others.
  '--allow-loopback-in-peer-connection',
  // Nothing but pictures is drawn: the plain compositor does it for less than an emulated graphics card.
  '--disable-gpu',
  // Containers have little of it.
  '--disable-dev-shm-usage',
];

/** @param {string[]} more flags, behind those that are always there */
export async function launchChromium(more = []) {
  if (!fs.existsSync(chromiumPath)) {
    throw new Error(`there is no ${chromiumPath}; the environment variable CHROMIUM names another`);
  }
  // Root gets no sandbox from Chromium, which would not start otherwise.
  const chromiumSandbox = process.getuid() !== 0;
  // Signals are the caller's affair.
  const signals = { handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false };
  return chromium.launch({
    executablePath: chromiumPath,
    headless: true,
    chromiumSandbox,
    args: [...flags, ...more],
    ...signals,
  });
}
