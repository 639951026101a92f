import assert from 'node:assert/strict';
import path from 'node:path';
import { realTimeTest } from '../support/realTimeTest.mjs';
import { assertSentBy, assertShowWentWell, playShow, workerBin } from './support/show.mjs';

// For the wrapper, which the controller starts in place of the worker.
process.env.RINGCAST_WORKER_BIN = workerBin;

realTimeTest(
  'with RLIMIT_MEMLOCK too small, plain io_uring sends bring every picture and all of the sound',
  async () => {
    const show = await playShow({ workerBin: path.join(import.meta.dirname, 'support', 'workerWithSmallMemlock') });
    assertShowWentWell(show);
    const { egress } = show.dumps[0];
    assertSentBy(egress, { mode: /^io_uring/, zeroCopyEnabled: false });
    assert.match(egress.modeReason, /RLIMIT_MEMLOCK/);
    assert.equal(egress.zeroCopySends, 0);
    assert.ok(egress.submits > 0, `submits: ${egress.submits}`);
  },
);
