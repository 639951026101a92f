import assert from 'node:assert/strict';
import { test } from 'node:test';
import { figures } from './compare/measure.mjs';
import { parseCpuList } from './compare/pinning.mjs';
import { marksOf, marksText, median, overloadMarksOf, percentile, summarise } from './compare/statistics.mjs';
import { parseOwnMemory, parseSchedstat, parseSoftnetDrops } from './compare/usage.mjs';
import { overloadedRun, sampleRun } from './support/sampleRun.mjs';

test('StatisticsTest: computes a median of unordered values', () => {
  assert.equal(median([5, 1, 3]), 3);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.equal(median([7]), 7);
});

test('StatisticsTest: returns a measured value as percentile', () => {
  const values = [5, 1, 4, 2, 3];
  assert.equal(percentile(values, 0.5), 3);
  assert.equal(percentile(values, 0.99), 5);
  assert.equal(percentile(values, 1), 5);
  assert.equal(percentile(values, 0), 1);
  assert.equal(percentile([], 0.99), 0);
});

test('StatisticsTest: marks runs that need care', () => {
  assert.deepEqual(marksOf(sampleRun()), []);
  assert.deepEqual(marksOf(sampleRun({ lateBursts: 1 })), ['late']);
  assert.deepEqual(marksOf(sampleRun({ overflows: 2, lossPercent: 0.2 })), ['overflow', 'loss']);
  assert.deepEqual(marksOf(sampleRun({ lossPercent: 0.1 })), []);
  assert.deepEqual(marksOf(sampleRun({ corrupt: 1 })), ['corrupt']);
  assert.deepEqual(marksOf(sampleRun({ inspected: 0 })), ['nothing']);
  assert.deepEqual(marksOf(sampleRun({ backlogDrops: 1 })), ['backlog']);
  assert.deepEqual(marksOf(sampleRun({ lossPercent: -0.2 })), ['excess']);
  assert.deepEqual(marksOf(sampleRun({ inspected: null })), []);
  assert.deepEqual(marksOf(sampleRun({ inspected: null, packetsPerSecond: 0 })), ['nothing']);
  assert.deepEqual(marksOf({ failed: 'the worker died' }), ['failed']);
});

test('StatisticsTest: marks overload runs without overload or with a busy load', () => {
  assert.deepEqual(overloadMarksOf(overloadedRun()), []);
  assert.deepEqual(overloadMarksOf(overloadedRun({ lateBursts: 96 })), []);
  assert.deepEqual(overloadMarksOf(overloadedRun({ lateBursts: 97 })), ['late']);
  assert.deepEqual(overloadMarksOf(overloadedRun({ workerBusy: 0.97 })), ['idle']);
  assert.deepEqual(overloadMarksOf(overloadedRun({ loadShare: 0.9, overflows: 1 })), ['overflow', 'load']);
  assert.deepEqual(overloadMarksOf({ failed: 'the worker died' }), ['failed']);
  assert.match(marksText(summarise([overloadedRun({ workerBusy: 0.5 })], overloadMarksOf)), /idle in 1 of 1; all used/);
});

test('StatisticsTest: summarizes the runs without marks if there are any', () => {
  const summary = summarise([
    sampleRun({ p50: 100 }),
    sampleRun({ p50: 900, lateBursts: 3 }),
    sampleRun({ p50: 300 }),
    sampleRun({ p50: 5000, corrupt: 1 }),
  ]);
  assert.equal(summary.figures.p50, 200);
  assert.equal(summarise([sampleRun({ p50: null }), sampleRun({ p50: null })]).figures.p50, null);
  assert.equal(summary.used, 2);
  assert.equal(marksText(summary), 'late in 1 of 4, corrupt in 1 of 4; left out');
});

test('StatisticsTest: uses marked runs if there are no others, and never corrupt ones', () => {
  const late = summarise([sampleRun({ p50: 900, lateBursts: 3 }), sampleRun({ corrupt: 1 })]);
  assert.equal(late.figures.p50, 900);
  assert.equal(late.used, 1);
  assert.match(marksText(late), /late in 1 of 2, corrupt in 1 of 2; all used/);
  const none = summarise([sampleRun({ corrupt: 1 }), { failed: 'the worker died' }]);
  assert.equal(none.figures, null);
  assert.match(marksText(none), /no figures/);
  assert.equal(marksText(summarise([sampleRun()])), '');
});

test('MeasureTest: computes figures from the measured time', () => {
  const end = {
    seconds: 2,
    expected: 28_000,
    received: 27_000,
    lossPercent: 3.571,
    loadCpuMicros: 500_000,
    video: { expected: 24_000, received: 23_400, lossPercent: 2.5, latencyP99Micros: 7 },
    audio: { expected: 0, received: 0, lossPercent: 0, latencyP99Micros: 8 },
    latencyP50Micros: 1,
    latencyP99Micros: 2,
    latencyP999Micros: 3,
    latencyMaxMicros: 4,
    lateBursts: 5,
    overflows: 6,
    corrupt: 0,
    inspected: 100,
    reordered: 0,
  };
  const memory = { producers: 1_000_000, transports: 1_400_000, end: 1_500_000 };
  const before = { at: 5000, cpu: 1e6, waited: 0, backlogDrops: 10 };
  const lastBurst = { at: 7000, cpu: 80e6 + 1e6, waited: 20e6, backlogDrops: 11 };
  const after = { at: 7500, cpu: 81e6 + 1e6, waited: 90e6, backlogDrops: 12 };
  const made = { memory, transports: 10, consumers: 20 };
  const load = { producers: 1, talkers: 1, pps: 300, burst: 4, audioPps: 50 };
  const run = figures({ load, end, before, lastBurst, after, made });
  assert.equal(run.packetsPerSecond, 13_500);
  assert.equal(run.offeredPerSecond, 14_000);
  assert.equal(run.cpuMicrosPerPacket, 3);
  assert.equal(run.workerShare, 0.04);
  assert.equal(run.workerBusy, 0.05);
  assert.equal(run.bursts, 250);
  assert.equal(run.backlogDrops, 2);
  assert.equal(run.videoDelivered, 0.975);
  assert.equal(run.videoP99, 7);
  assert.equal(run.audioDelivered, 0);
  assert.equal(run.loadShare, 0.25);
  assert.equal(run.bytesPerTransport, 40_000);
  assert.equal(run.bytesPerConsumer, 5000);
  // If nothing arrives, the worker's own count is compared with what the load expected.
  const counted = figures({
    load,
    end: { seconds: 2, expected: 28_000, loadCpuMicros: 1, lateBursts: 0 },
    before,
    lastBurst,
    after,
    made,
    sent: 27_000,
  });
  assert.equal(counted.packetsPerSecond, 13_500);
  assert.equal(counted.cpuMicrosPerPacket, 3);
  assert.equal(counted.lossPercent.toFixed(3), '3.571');
  assert.equal(counted.p99, null);
  assert.deepEqual(marksOf(counted), ['backlog', 'loss']);
  assert.equal(figures({ load, end: { ...end, received: 0 }, before, lastBurst, after, made }).cpuMicrosPerPacket, 0);
});

test('UsageTest: reads the figures of a process', () => {
  assert.deepEqual(parseSchedstat('184004 3504148 2\n'), { cpu: 184_004, waited: 3_504_148 });
  assert.equal(parseSoftnetDrops('04a4320a 0000000f 00000000\n041e23c5 00000001 00000000\n'), 16);
  assert.deepEqual(parseCpuList('0-2,5\n'), [0, 1, 2, 5]);
  const status = 'VmRSS:\t  900 kB\nRssAnon:\t     100 kB\nRssFile:\t     700 kB\nRssShmem:\t      20 kB\n';
  assert.equal(parseOwnMemory(status), 120 * 1024);
});
