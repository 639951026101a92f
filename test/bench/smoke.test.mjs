// One run with controller, worker and load. The measured times depend on the machine; the test checks that every packet arrives
// unchanged.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { benchBin, workerBin } from '../support/binaries.mjs';
import { measure } from './compare/measure.mjs';
import { scenes } from './compare/scenes.mjs';

const meeting = {
  ...scenes.find(({ name }) => name === 'meeting-10').load,
  producers: 4,
  consumers: 4,
  pps: 40,
  talkers: 2,
};

for (const suite of ['AEAD_AES_128_GCM', 'none']) {
  test(`SmokeTest: forwards every packet of a meeting of four with suite ${suite}`, async () => {
    const load = { ...meeting, suite };
    const run = await measure({ bin: workerBin, loadBin: benchBin, load, seconds: 1 });
    assert.equal(run.lossPercent, 0);
    assert.equal(run.packetsPerSecond, run.offeredPerSecond);
    assert.ok(run.offeredPerSecond > 0);
    assert.ok(run.inspected > 0);
    assert.equal(run.corrupt, 0);
    assert.equal(run.consumers, 4 * 3 * 2);
    assert.ok(run.cpuMicrosPerPacket > 0);
  });
}

test('SmokeTest: fails with a reason for a binary that is no worker', async () => {
  await assert.rejects(measure({ bin: '/bin/false', loadBin: benchBin, load: meeting, seconds: 1 }), Error);
  await assert.rejects(measure({ bin: workerBin, loadBin: '/bin/false', load: meeting, seconds: 1 }), /load failed/);
});
