import { realTimeTest } from '../support/realTimeTest.mjs';
import { assertShowWentWell, playShow } from './support/show.mjs';

realTimeTest('H264 in packetization mode 1: three receivers decode every picture and all of the sound', async () => {
  assertShowWentWell(await playShow({ seconds: 4, mimeType: 'video/H264' }));
});
