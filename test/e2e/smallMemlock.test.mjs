import assert from 'node:assert/strict';
import path from 'node:path';
import { workerBin } from '../support/binaries.mjs';
import { realTimeTest } from '../support/realTimeTest.mjs';
import { assertSentBy, assertShowWentWell, playShow } from './support/show.mjs';

// Read by the wrapper, which the controller starts instead of the worker.
process.env.RINGCAST_WORKER_BIN = workerBin;

realTimeTest(
  'SmallMemlockTest: delivers every picture and all sound by plain io_uring sends when RLIMIT_MEMLOCK is too small',
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
