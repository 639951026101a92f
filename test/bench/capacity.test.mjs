import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CapacitySearch, judge } from './compare/CapacitySearch.mjs';
import { sampleRun } from './support/sampleRun.mjs';

const kRange = { lowest: 300, highest: 50_000 };

/** Runs a search against a simulated worker. Returns its result. */
function search(runAt, range = kRange) {
  const searching = new CapacitySearch(range);
  for (let probes = 0; searching.next !== null; ++probes) {
    assert.ok(probes < 60, 'it ends');
    searching.record(runAt(searching.next, probes));
  }
  return searching.result;
}

/** Simulates a worker that can forward this many video packets/s to forty consumers. */
function workerOf(capacity) {
  return rate =>
    sampleRun({
      packetsPerSecond: 40 * Math.min(rate, capacity),
      lossPercent: rate > capacity ? 100 * (1 - capacity / rate) : 0,
      workerShare: Math.min(1, rate / capacity),
    });
}

test('CapacitySearchTest: finds the capacity of a worker', () => {
  for (const capacity of [301, 1000, 2500, 7777, 49_000]) {
    const { rate, packetsPerSecond, limit } = search(workerOf(capacity));
    assert.equal(limit, 'worker');
    assert.ok(rate <= capacity && rate > capacity / 1.06, `${rate} of ${capacity}`);
    assert.equal(packetsPerSecond, 40 * rate);
  }
});

test('CapacitySearchTest: ignores a single hiccup', () => {
  const worker = workerOf(5000);
  const result = search((rate, probe) =>
    probe === 1 ? sampleRun({ lossPercent: 5, workerShare: 0.95 }) : worker(rate),
  );
  assert.ok(result.rate > 4700);
});

test('CapacitySearchTest: names the load as the limit when the worker was not busy', () => {
  const result = search(rate =>
    sampleRun({ lateBursts: rate > 4000 ? 7 : 0, workerShare: 0.3, packetsPerSecond: 40 * rate }),
  );
  assert.equal(result.limit, 'load');
  assert.ok(result.rate > 3800 && result.rate <= 4000);
  assert.equal(judge(sampleRun({ lossPercent: 3, overflows: 100, workerShare: 0.5 })), 'load');
  assert.equal(judge(sampleRun({ lossPercent: 3, workerShare: 0.97 })), 'worker');
});

test('CapacitySearchTest: finds zero for a worker that always fails and no limit for one that never fails', () => {
  const dead = search(() => ({ failed: 'the worker died' }));
  assert.deepEqual([dead.rate, dead.packetsPerSecond, dead.limit], [0, 0, 'worker']);
  const endless = search(workerOf(1e9), { lowest: 300, highest: 1000 });
  assert.deepEqual([endless.rate, endless.limit], [1000, 'none']);
});
