// A room with real browsers in it, for a test.
import fs from 'node:fs/promises';
import path from 'node:path';
import { after, before } from 'node:test';
import { launchChromium } from '../../../../demo/room/chromium.mjs';
import { Conference } from '../../../../demo/room/Conference.mjs';
import { RoomServer } from '../../../../demo/room/RoomServer.mjs';
import { Visitor } from '../../../../demo/room/Visitor.mjs';

const root = path.join(import.meta.dirname, '..', '..', '..', '..');
export const workerBin = path.resolve(
  process.env.RINGCAST_WORKER_BIN ?? path.join(root, 'build/worker/ringcast-worker'),
);
const screenshotFolder = path.join(root, 'build/screenshots');

/** What the visitors of the tests publish: small, since every picture is encoded and decoded by the CPU. */
export const camera = { width: 320, height: 240, rate: 15 };

let browser;

/** One Chromium for all tests of the file. */
export function useChromium() {
  before(async () => {
    browser = await launchChromium();
  });
  after(() => browser?.close());
}

/**
 * A room for the time of test `t`. See Conference.open() for the options.
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
