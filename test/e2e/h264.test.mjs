import { realTimeTest } from '../support/realTimeTest.mjs';
import { assertShowWentWell, playShow } from './support/show.mjs';

realTimeTest('H264Test: delivers every picture and all sound to three receivers in packetization mode 1', async () => {
  assertShowWentWell(await playShow({ seconds: 4, mimeType: 'video/H264' }));
});
