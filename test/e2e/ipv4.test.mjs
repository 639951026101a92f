import { realTimeTest } from '../support/realTimeTest.mjs';
import { assertSentBy, assertShowWentWell, playShow } from './support/show.mjs';

realTimeTest('Ipv4Test: delivers every picture and all sound to three receivers by io_uring', async () => {
  const show = await playShow({ ip: '127.0.0.1' });
  assertShowWentWell(show);
  assertSentBy(show.dumps[0].egress, { mode: /^io_uring/, zeroCopyEnabled: true });
});
