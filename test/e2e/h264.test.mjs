import { test } from 'node:test';
import { assertShowWentWell, playShow } from './support/show.mjs';

test('H264 in packetization mode 1: three receivers decode every picture and all of the sound', async () => {
  assertShowWentWell(await playShow({ seconds: 4, mimeType: 'video/H264' }));
});
