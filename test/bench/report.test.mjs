import assert from 'node:assert/strict';
import { test } from 'node:test';
import { markdown, pictures, together } from './compare/report.mjs';
import { scenes } from './compare/scenes.mjs';
import { escapeText, lineChart, linearTicks, logTicks, numberText } from './compare/svg.mjs';
import { overloadedRun, sampleRun } from './support/sampleRun.mjs';

/** Checks that every start tag has an end tag, which suffices for our charts. */
function assertWellFormed(svg) {
  const open = [];
  for (const [, closing, name, selfClosing] of svg.matchAll(/<(\/?)([a-z]+)[^>]*?(\/?)>/g)) {
    if (closing) {
      assert.equal(open.pop(), name);
    } else if (!selfClosing) {
      open.push(name);
    }
  }
  assert.deepEqual(open, []);
  assert.doesNotMatch(svg, /NaN|Infinity|undefined/);
}

const chart = {
  title: 'a < b & "c"',
  x: { label: 'consumers', log: true },
  y: { label: 'µs' },
  series: [
    {
      name: 'A',
      points: [
        [1, 20],
        [40, 7.5],
        [2000, 3],
      ],
    },
    { name: 'B', points: [[1, 0]] },
  ],
};

test('ChartTest: is well-formed, has a line per series and keeps its points inside', () => {
  const svg = lineChart(chart);
  assertWellFormed(svg);
  assert.equal(svg.match(/<polyline/g).length, 2);
  assert.equal(svg.match(/<circle/g).length, 4);
  assert.match(svg, /a &lt; b &amp; &quot;c&quot;/);
  for (const [, x, y] of svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)"/g)) {
    assert.ok(Number(x) >= 78 && Number(x) <= 680 && Number(y) >= 74 && Number(y) <= 362, `${x},${y}`);
  }
});

test('ChartTest: omits values that a logarithmic axis cannot show, and rejects an empty chart', () => {
  const svg = lineChart({ ...chart, y: { label: 'ms', log: true } });
  assertWellFormed(svg);
  assert.equal(svg.match(/<circle/g).length, 3);
  assert.throws(() => lineChart({ ...chart, series: [{ name: 'A', points: [] }] }), /nothing to draw/);
});

test('ChartTest: has axes with a single point', () => {
  for (const log of [false, true]) {
    assertWellFormed(
      lineChart({
        ...chart,
        x: { label: 'x', log },
        y: { label: 'y', log },
        series: [{ name: 'A', points: [[40, 10]] }],
      }),
    );
  }
});

test('ChartTest: has round ticks that enclose the values', () => {
  assert.deepEqual(linearTicks(9.4), [0, 2, 4, 6, 8, 10]);
  assert.deepEqual(linearTicks(0), [0, 0.2, 0.4, 0.6, 0.8, 1]);
  assert.deepEqual(linearTicks(10), [0, 2, 4, 6, 8, 10]);
  assert.deepEqual(logTicks(1, 100), [1, 2, 5, 10, 20, 50, 100]);
  assert.deepEqual(logTicks(1, 2000), [1, 3, 10, 30, 100, 300, 1000, 3000]);
  assert.deepEqual(logTicks(0.15, 0.9), [0.1, 0.2, 0.5, 1]);
  assert.deepEqual(logTicks(10, 10), [10, 100]);
  assert.equal(numberText(1_234_567), '1,234,570');
  assert.equal(numberText(0.25), '0.25');
  assert.equal(escapeText('<&>'), '&lt;&amp;&gt;');
});

function sampleFigures() {
  const scene = name => scenes.find(one => one.name === name);
  const pointsOf = name =>
    scene(name).points.map(({ x, load }) => ({
      x,
      load,
      runs: { ours: [sampleRun()], theirs: [sampleRun({ cpuMicrosPerPacket: 9, lateBursts: x === 2000 ? 1 : 0 })] },
    }));
  const result = (name, members) => ({
    name,
    title: scene(name).title,
    kind: scene(name).kind,
    points: [],
    searches: {},
    ...members,
  });
  return {
    machine: {
      cpu: 'Z80',
      cores: 1,
      memoryGiB: 1,
      kernel: '6.1',
      system: 'CP/M',
      node: 'v24',
      controller: 'mediasoup 3.27.1',
    },
    binaries: [
      { name: 'ours', bytes: 2 ** 20, sha256: '0123456789abcdef', version: 'ringcast-worker 1' },
      { name: 'theirs', bytes: 2 ** 21, sha256: 'fedcba9876543210', version: null },
    ],
    seconds: 5,
    rounds: 1,
    results: [
      result('plain', { points: pointsOf('plain') }),
      result('consumers', { points: pointsOf('consumers') }),
      result('memory', { points: pointsOf('memory') }),
      result('capacity', {
        searches: {
          ours: [{ packetsPerSecond: 300_000, workerShare: 0.6, limit: 'load' }],
          theirs: [{ packetsPerSecond: 120_000, workerShare: 0.99, limit: 'worker' }],
        },
      }),
      result('latency', {
        points: ['light', 0.5].map((x, index) => ({
          x,
          runs: { ours: [sampleRun({ packetsPerSecond: 14_000 * (index + 1) })], theirs: [{ failed: 'died' }] },
        })),
      }),
      result('overload', {
        points: [
          {
            x: 1.5,
            capacities: { ours: 200_000, theirs: 100_000 },
            runs: { ours: [overloadedRun()], theirs: [overloadedRun({ workerBusy: 0.9 })] },
          },
        ],
      }),
    ],
  };
}

test('ReportTest: names the machine and explains the marks', () => {
  const text = markdown(sampleFigures(), 'pictures');
  assert.match(text, /Z80, 1 cores.*mediasoup 3\.27\.1/);
  assert.match(text, /ringcast-worker 1, 1\.0 MiB, sha256 0123456789ab/);
  assert.match(text, /\| 1 to 40, plain RTP \| 3\.00 \| 9\.00 \|/);
  assert.match(text, /\| video from 1, to 2000 \| 3\.00 \| 9\.00 \[1\] \|/);
  assert.match(text, /\[1\] video from 1, to 2000, theirs: late in 1 of 1; all used\./);
  assert.match(text, /\| capacity, 1 to 40 \| at least 300000 \(worker at 60 %\) \| 120000 \(worker at 99 %\) \|/);
  assert.match(text, /latency, 1 to 40, 50 % \| 0\.30 \/ 0\.90 \/ 1\.20 \| - \[2\] \|/);
  assert.match(text, /4\.0 \+ 40\.0/);
  assert.match(text, /\| overload, 1 to 40, 150 % \| ours \| theirs \|/);
  assert.match(text, /\| that is, of its capacity, % \| 95 \| 190 \|/);
  assert.match(text, /\| audio latency p99, ms \| 3\.0 \| 3\.0 \|/);
  assert.match(text, /overload, 1 to 40, 150 %, theirs: idle in 1 of 1; all used\./);
  assert.match(text, /!\[cpu-consumers\]\(pictures\/cpu-consumers\.svg\)/);
});

test('ReportTest: begins with the scenes that have a floor', () => {
  const scene = name => scenes.find(one => one.name === name);
  const resultOf = (name, runs) => ({
    ...scene(name),
    searches: {},
    points: [{ x: null, load: scene(name).load, runs }],
  });
  const cost = (cpuMicrosPerPacket, members) => [sampleRun({ cpuMicrosPerPacket, ...members })];
  const figures = sampleFigures();
  figures.results.push(resultOf('table-10', { ours: cost(2), theirs: cost(8), floor: cost(2.5) }));
  const nothing = { p50: null, p99: null, p999: null };
  const veth = {
    ...sampleFigures(),
    rounds: 7,
    results: [
      resultOf('veth-1', {
        ours: cost(3, nothing),
        theirs: cost(9, nothing),
        floor: cost(4, { ...nothing, lossPercent: 1 }),
      }),
    ],
  };
  const text = markdown(together([figures, veth]), 'pictures');
  const lines = text.split('\n');
  assert.ok(
    lines.findIndex(line => line.includes('to the floor')) <
      lines.findIndex(line => line.includes('1 to 40, plain RTP')),
  );
  assert.match(
    text,
    /\| CPU µs a packet \| ours \| theirs \| floor \| ours to theirs \| to the floor \| must \| target \|/,
  );
  assert.match(
    text,
    /\| loopback, bursts of 10 \| 2\.00 \| 8\.00 \| 2\.50 \| 0\.25 \| 0\.80 \| 0\.25 of the other worker, 1\.25 of the floor \|/,
  );
  assert.match(text, /\| veth, bursts of 1 \| 3\.00 \| 9\.00 \| 4\.00 \[1\] \| 0\.33 \| 0\.75 \|/);
  assert.match(text, /\[1\] veth, bursts of 1, floor: loss in 1 of 1; all used\./);
  assert.match(text, /Runs of 5 s, 1 of each.*\n.*Runs of 5 s, 7 of each/);
  // Latency needs packets that arrive.
  assert.equal(lines.filter(line => line.startsWith('| loopback, bursts of 10 |')).length, 2);
  assert.equal(lines.filter(line => line.startsWith('| veth, bursts of 1 |')).length, 1);
});

test('ReportTest: draws the measured points without those that failed', () => {
  const made = pictures(sampleFigures());
  assert.deepEqual(
    made.map(({ file }) => file),
    ['cpu-consumers.svg', 'latency-p50.svg', 'latency-p99.svg', 'latency-p999.svg'],
  );
  made.forEach(({ text }) => assertWellFormed(text));
});
