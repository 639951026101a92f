import assert from 'node:assert/strict';
import { realTimeTest } from '../support/realTimeTest.mjs';
import { assertSentBy, assertShowWentWell, playShow } from './support/show.mjs';

// This file's tests have a process of their own, so the variable reaches no other test's worker.
process.env.RINGCAST_DISABLE_LIBURING = '1';

realTimeTest('with io_uring disabled, three receivers decode every picture and all of the sound', async () => {
  const show = await playShow({});
  assertShowWentWell(show);
  const { egress } = show.dumps[0];
  assertSentBy(egress, { mode: /^send(mmsg|to)/, zeroCopyEnabled: false });
  assert.match(egress.modeReason, /disabled/i);
  assert.equal(egress.zeroCopySends, 0);
});
