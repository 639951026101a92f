// A room with real browsers, for a test.
import fs from 'node:fs/promises';
import path from 'node:path';
import { after, before } from 'node:test';
import { workerBin } from '../../../support/binaries.mjs';
import { launchChromium } from '../../../../demo/room/chromium.mjs';
import { Conference } from '../../../../demo/room/Conference.mjs';
import { RoomServer } from '../../../../demo/room/RoomServer.mjs';
import { Visitor } from '../../../../demo/room/Visitor.mjs';

const root = path.join(import.meta.dirname, '..', '..', '..', '..');
const screenshotFolder = path.join(root, 'build/screenshots');

/** The pictures that visitors publish. They are small, because the CPU encodes and decodes them. */
export const camera = { width: 320, height: 240, rate: 15 };

let browser;

/** Returns the Chromium of all tests of the file. */
export function useChromium() {
  before(async () => {
    browser = await launchChromium();
  });
  after(() => browser?.close());
}

/**
 * Opens a room that closes with the test `t`. See Conference.open() for the options.
 * @returns {Promise<{conference: Conference, enter: (query: object) => Promise<Visitor>}>}
 */
export async function openRoom(t, options = {}) {
  const conference = await Conference.open({ workerBin, ...options });
  t.after(() => conference.close());
  const server = await RoomServer.start({ conference, ip: options.ip });
  t.after(() => server.close());
  const enter = async query => {
    const visitor = await Visitor.enter(browser, server.url, { ...camera, ...query });
    t.after(() => visitor.leave());
    return visitor;
  };
  return { conference, enter };
}

export async function screenshot(visitor, name) {
  await fs.mkdir(screenshotFolder, { recursive: true });
  await visitor.page.screenshot({ path: path.join(screenshotFolder, `${name}.png`) });
}
