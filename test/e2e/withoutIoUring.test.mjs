import assert from 'node:assert/strict';
import { realTimeTest } from '../support/realTimeTest.mjs';
import { assertSentBy, assertShowWentWell, playShow } from './support/show.mjs';

// Each test file has its own process, so the variable reaches no other worker.
process.env.RINGCAST_DISABLE_LIBURING = '1';

realTimeTest('WithoutIoUringTest: delivers every picture and all sound when io_uring is disabled', async () => {
  const show = await playShow({});
  assertShowWentWell(show);
  const { egress } = show.dumps[0];
  assertSentBy(egress, { mode: /^send(mmsg|to)/, zeroCopyEnabled: false });
  assert.match(egress.modeReason, /disabled/i);
  assert.equal(egress.zeroCopySends, 0);
});
