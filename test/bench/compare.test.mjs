import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compare } from './compare/compare.mjs';
import { latencyShares, overloadShare, scenes } from './compare/scenes.mjs';
import { formatResults } from './compare/table.mjs';
import { overloadedRun, sampleRun } from './support/sampleRun.mjs';

const binaries = [
  { name: 'A', path: '/a' },
  { name: 'B', path: '/b' },
];
const select = (...names) => scenes.filter(({ name }) => names.includes(name));

/** Runs compare() with the runs that `runOf` returns. Returns the results and the order of the calls. */
async function play({ names, rounds = 1, runOf = () => sampleRun() }) {
  const order = [];
  let turns = 0;
  const kept = [];
  const results = await compare({
    binaries,
    scenes: select(...names),
    rounds,
    seconds: 5,
    measure: async (binary, load, seconds, { requests }) => {
      order.push({ name: binary.name, load, seconds, requests });
      return runOf(binary, load);
    },
    say: () => {},
    turn: work => {
      ++turns;
      return work();
    },
    roundOver: (soFar, done) => kept.push({ runs: soFar[0].points[0]?.runs.A.length, done }),
  });
  return { results, order, turns, kept };
}

test('CompareTest: alternates the binaries within each round', async () => {
  const { results, order, turns, kept } = await play({ names: ['plain', 'aes-cm'], rounds: 2 });
  assert.deepEqual(
    order.map(({ name, load }) => name + (load.suite === 'none' ? 1 : 2)),
    ['A2', 'B2', 'A1', 'B1', 'A2', 'B2', 'A1', 'B1'],
  );
  assert.equal(turns, 4);
  assert.deepEqual(kept, [
    { runs: 1, done: 1 },
    { runs: 2, done: 2 },
  ]);
  for (const { points } of results) {
    assert.equal(points[0].runs.A.length, 2);
    assert.equal(points[0].runs.B.length, 2);
  }
});

test('CompareTest: measures the floor after the binaries in the scenes with a floor', async () => {
  const { results, order } = await play({
    names: ['table-1', 'plain'],
    rounds: 2,
    runOf: ({ name }) => sampleRun({ cpuMicrosPerPacket: { A: 2, B: 8, floor: 2.5 }[name] }),
  });
  assert.deepEqual(
    order.map(({ name }) => name),
    ['A', 'B', 'floor', 'A', 'B', 'A', 'B', 'floor', 'A', 'B'],
  );
  assert.equal(results[0].points[0].runs.floor.length, 2);
  const lines = formatResults(results).join('\n');
  assert.match(lines, /A to B 0\.25, to the floor 0\.80; it must be 0\.5 of the other worker; target 0\.4 of/);
});

test('CompareTest: records a failed run and continues', async () => {
  const { results } = await play({
    names: ['plain'],
    runOf: ({ name }) => {
      if (name === 'B') {
        throw new Error('the worker died');
      }
      return sampleRun();
    },
  });
  assert.deepEqual(results[0].points[0].runs.B, [{ failed: 'the worker died' }]);
  assert.match(formatResults(results).join('\n'), /failed in 1 of 1; no figures/);
});

test('CompareTest: measures latency at shares of the capacity of each binary', async () => {
  const capacities = { A: 4000, B: 1000 };
  const { results, order } = await play({
    names: ['capacity', 'latency'],
    runOf: ({ name }, { pps }) =>
      sampleRun({
        packetsPerSecond: 40 * (pps + 50),
        lossPercent: pps > capacities[name] ? 5 : 0,
        workerShare: Math.min(1, pps / capacities[name]),
      }),
  });
  const [{ searches }, latency] = results;
  assert.equal(searches.A[0].limit, 'worker');
  assert.equal(order[0].seconds, 2);
  assert.equal(order.at(-1).seconds, 5);
  assert.deepEqual(
    latency.points.map(({ x }) => x),
    latencyShares,
  );
  const half = latency.points.find(({ x }) => x === 0.4);
  for (const { name } of binaries) {
    assert.equal(latency.points[0].loads[name].pps, 300);
    const wanted = 0.4 * searches[name][0].packetsPerSecond;
    assert.ok(Math.abs(40 * (half.loads[name].pps + 50) - wanted) <= 40, name);
  }
});

test('CompareTest: overloads each binary relative to its capacity, and sends requests meanwhile', async () => {
  const capacities = { A: 4000, B: 1000 };
  const { results, order } = await play({
    names: ['capacity', 'overload'],
    rounds: 2,
    runOf: ({ name }, { pps }) => {
      const packetsPerSecond = 40 * (Math.min(pps, capacities[name]) + 50);
      return pps > capacities[name] ? overloadedRun({ packetsPerSecond }) : sampleRun({ packetsPerSecond });
    },
  });
  const [{ searches }, { points }] = results;
  const [{ x, loads, runs }] = points;
  assert.equal(x, overloadShare);
  for (const { name } of binaries) {
    const offered = 40 * (loads[name].pps + 50);
    assert.ok(Math.abs(offered - 1.5 * searches[name][0].packetsPerSecond) <= 40, name);
    assert.equal(runs[name].length, 2);
  }
  const asked = order.filter(({ requests }) => requests);
  assert.deepEqual(
    asked.map(({ name }) => name),
    ['A', 'B', 'A', 'B'],
  );
  assert.match(formatResults(results).join('\n'), /overload, 1 to 40, 150 % +A .* 0\.000 +3\.0 .* 9\.0 /);
});
