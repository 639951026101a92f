import { realTimeTest } from '../support/realTimeTest.mjs';
import { assertSentBy, assertShowWentWell, playShow } from './support/show.mjs';

realTimeTest('over IPv6, by io_uring, three receivers decode every picture and all of the sound', async () => {
  const show = await playShow({ ip: '::1' });
  assertShowWentWell(show);
  assertSentBy(show.dumps[0].egress, { mode: /^io_uring/, zeroCopyEnabled: true });
});
