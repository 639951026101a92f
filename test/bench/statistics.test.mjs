import assert from 'node:assert/strict';
import { test } from 'node:test';
import { figures } from './compare/measure.mjs';
import { marksOf, marksText, median, summarise } from './compare/statistics.mjs';
import { parseOwnMemory, parseSchedstat } from './compare/usage.mjs';
import { sampleRun } from './support/sampleRun.mjs';

test('a median does not care for order', () => {
  assert.equal(median([5, 1, 3]), 3);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.equal(median([7]), 7);
});

test('a run that may not be taken as it is says why', () => {
  assert.deepEqual(marksOf(sampleRun()), []);
  assert.deepEqual(marksOf(sampleRun({ lateBursts: 1 })), ['late']);
  assert.deepEqual(marksOf(sampleRun({ overflows: 2, lossPercent: 0.2 })), ['overflow', 'loss']);
  assert.deepEqual(marksOf(sampleRun({ lossPercent: 0.1 })), []);
  assert.deepEqual(marksOf(sampleRun({ corrupt: 1 })), ['corrupt']);
  assert.deepEqual(marksOf(sampleRun({ inspected: 0 })), ['nothing']);
  assert.deepEqual(marksOf({ failed: 'the worker died' }), ['failed']);
});

test('a summary is of the clean runs where there are any', () => {
  const summary = summarise([
    sampleRun({ p50: 100 }),
    sampleRun({ p50: 900, lateBursts: 3 }),
    sampleRun({ p50: 300 }),
    sampleRun({ p50: 5000, corrupt: 1 }),
  ]);
  assert.equal(summary.figures.p50, 200);
  assert.equal(summary.used, 2);
  assert.equal(marksText(summary), 'late in 1 of 4, corrupt in 1 of 4; left out');
});

test('marked runs count where there are no others, and it is said; corrupt ones never do', () => {
  const late = summarise([sampleRun({ p50: 900, lateBursts: 3 }), sampleRun({ corrupt: 1 })]);
  assert.equal(late.figures.p50, 900);
  assert.equal(late.used, 1);
  assert.match(marksText(late), /late in 1 of 2, corrupt in 1 of 2; all used/);
  const none = summarise([sampleRun({ corrupt: 1 }), { failed: 'the worker died' }]);
  assert.equal(none.figures, null);
  assert.match(marksText(none), /no figures/);
  assert.equal(marksText(summarise([sampleRun()])), '');
});

test('the figures of a run are of the measured time', () => {
  const end = {
    seconds: 2,
    expected: 28_000,
    received: 27_000,
    lossPercent: 3.571,
    loadCpuMicros: 500_000,
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
  const run = figures({ end, cpu: 81e6, made: { memory, transports: 10, consumers: 20 } });
  assert.equal(run.packetsPerSecond, 13_500);
  assert.equal(run.offeredPerSecond, 14_000);
  assert.equal(run.cpuMicrosPerPacket, 3);
  assert.equal(run.workerShare, 0.0405);
  assert.equal(run.loadShare, 0.25);
  assert.equal(run.bytesPerTransport, 40_000);
  assert.equal(run.bytesPerConsumer, 5000);
  assert.equal(figures({ end: { ...end, received: 0 }, cpu: 1, made: { memory, transports: 1, consumers: 1 } }).cpuMicrosPerPacket, 0);
});

test('what the kernel says of a process is read', () => {
  assert.equal(parseSchedstat('184004 3504148 2\n'), 184_004);
  const status = 'VmRSS:\t  900 kB\nRssAnon:\t     100 kB\nRssFile:\t     700 kB\nRssShmem:\t      20 kB\n';
  assert.equal(parseOwnMemory(status), 120 * 1024);
});
