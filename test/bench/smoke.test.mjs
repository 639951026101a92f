// The whole way once: controller, worker, load. What it measures depends on the machine; that every packet came, and came
// as it was sent, does not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measure } from './compare/measure.mjs';
import { scenes } from './compare/scenes.mjs';
import { plainWorkerBin } from '../process/support/WorkerProcess.mjs';
import { benchBin } from './support/benchBin.mjs';

const meeting = {
  ...scenes.find(({ name }) => name === 'meeting-10').load,
  producers: 4,
  consumers: 4,
  pps: 40,
  talkers: 2,
};

for (const suite of ['AEAD_AES_128_GCM', 'none']) {
  test(`a meeting of four with suite ${suite} comes through the harness whole`, async () => {
    const load = { ...meeting, suite };
    const run = await measure({ bin: plainWorkerBin, loadBin: benchBin, load, seconds: 1 });
    assert.equal(run.lossPercent, 0);
    assert.equal(run.packetsPerSecond, run.offeredPerSecond);
    assert.ok(run.offeredPerSecond > 0);
    assert.ok(run.inspected > 0);
    assert.equal(run.corrupt, 0);
    assert.equal(run.consumers, 4 * 3 * 2);
    assert.ok(run.cpuMicrosPerPacket > 0);
  });
}

test('a binary that is no worker fails with a reason', async () => {
  await assert.rejects(measure({ bin: '/bin/false', loadBin: benchBin, load: meeting, seconds: 1 }), Error);
  await assert.rejects(
    measure({ bin: plainWorkerBin, loadBin: '/bin/false', load: meeting, seconds: 1 }),
    /load failed/,
  );
});
