import assert from 'node:assert/strict';
import { test } from 'node:test';
import { benchBin } from '../support/binaries.mjs';
import { floorFigures, measureFloor } from './compare/floor.mjs';
import { ratiosOf, ratioText, wishText } from './compare/ratios.mjs';
import { scenes } from './compare/scenes.mjs';
import { marksOf } from './compare/statistics.mjs';
import { sampleRun } from './support/sampleRun.mjs';

const load = { ...scenes.find(({ name }) => name === 'table-10').load, consumers: 4 };

test('FloorTest: measures the floor under the same load, with the figures of a worker', async () => {
  const run = await measureFloor({ bin: benchBin, load, seconds: 1 });
  assert.deepEqual(marksOf({ ...run, lateBursts: 0 }), []);
  assert.equal(run.packetsPerSecond, 4 * 350);
  assert.ok(run.cpuMicrosPerPacket > 0);
  assert.ok(run.p99 > 0);
  await assert.rejects(measureFloor({ bin: '/bin/false', load, seconds: 1 }));
});

test('FloorTest: has no latency when nothing arrives', () => {
  const report = {
    seconds: 2,
    expected: 2800,
    packetsPerSecond: 1400,
    cpuMicrosPerPacket: 2,
    lossPercent: 0,
    corrupt: 0,
    overflows: 0,
    lateBursts: 0,
  };
  const run = floorFigures({ report, load, toSink: true });
  assert.equal(run.p50, null);
  assert.equal(run.offeredPerSecond, 1400);
  assert.deepEqual(marksOf(run), []);
});

test('RatiosTest: divides medians by those of the first other binary and of the floor', () => {
  const cost = cpuMicrosPerPacket => sampleRun({ cpuMicrosPerPacket });
  const runs = { ours: [cost(3), cost(1), cost(2)], theirs: [cost(8)], floor: [cost(4)], more: [cost(1)] };
  const binaries = ['ours', 'theirs', 'more'].map(name => ({ name }));
  assert.deepEqual(ratiosOf({ runs }, binaries), { peer: 0.25, floor: 0.5 });
  assert.deepEqual(ratiosOf({ runs: { ours: runs.ours, floor: [{ failed: 'no' }] } }, binaries.slice(0, 1)), {
    peer: null,
    floor: null,
  });
  assert.equal(ratioText(null), '-');
  assert.equal(wishText({ peer: 1 / 6, floor: 1.25 }), '0.167 of the other worker, 1.25 of the floor');
});
