// The order of the measurements: rounds, and within a round each measurement for one binary after the other (a turn), so that a
// machine that changes its speed does so for all binaries.
import { CapacitySearch } from './CapacitySearch.mjs';
import { floorBinary } from './floor.mjs';
import { latencyShares, overloadShare, videoRateFor } from './scenes.mjs';
import { median } from './statistics.mjs';

const kProbeSeconds = 2;
const kCapacityRates = { lowest: 300, highest: 50_000 };

/**
 * @typedef {{name: string, path: string}} Binary
 * @param {{binaries: Binary[], scenes: object[], rounds: number, seconds: number,
 *   measure: (binary: Binary, load: object, seconds: number, what: {requests: boolean}) => Promise<object>,
 *   say: (text: string) => void,
 *   turn?: (work: () => Promise<void>) => Promise<void>, roundOver?: (results: object[], rounds: number) => void}} options
 *   measure: also called with floorBinary, in scenes beside the floor; turn: wraps each turn; roundOver: called
 *   with the results after each round
 * @returns {Promise<object[]>} for each scene {name, title, kind, floor, points: [{x, runs: {NAME: [run]}}], searches: {NAME: [...]}}
 */
export async function compare({
  binaries,
  scenes,
  rounds,
  seconds,
  measure,
  say,
  turn = work => work(),
  roundOver = () => {},
}) {
  const results = scenes.map(({ name, title, kind, floor, points }) => ({
    name,
    title,
    kind,
    floor,
    points: kind === 'points' ? points.map(({ x, load }) => ({ x, load, runs: {} })) : [],
    searches: {},
  }));
  const attempt = async (binary, load, time, what = { requests: false }) => {
    try {
      return await measure(binary, load, time, what);
    } catch (error) {
      say(`${binary.name} failed: ${error.message}`);
      return { failed: error.message };
    }
  };
  const context = { binaries, results, seconds, attempt, turn };
  const byKind = {
    points: measurePoints,
    capacity: searchCapacity,
    latency: measureLatency,
    overload: measureOverload,
  };
  for (let round = 0; round < rounds; ++round) {
    for (const [index, scene] of scenes.entries()) {
      const tell = what => say(`round ${round + 1} of ${rounds}: ${scene.title}${what}`);
      await byKind[scene.kind]({ ...context, scene, result: results[index], tell });
    }
    roundOver(results, round + 1);
  }
  return results;
}

function append(lists, name, value) {
  lists[name] ??= [];
  lists[name].push(value);
}

async function measurePoints({ binaries, result, seconds, attempt, turn, tell }) {
  const measured = result.floor ? [...binaries, floorBinary] : binaries;
  for (const point of result.points) {
    await turn(async () => {
      for (const binary of measured) {
        tell(`${point.x === null ? '' : `, N = ${point.x}`}, ${binary.name}`);
        append(point.runs, binary.name, await attempt(binary, point.load, seconds));
      }
    });
  }
}

async function searchCapacity({ binaries, scene, result, attempt, turn, tell }) {
  const searches = binaries.map(binary => ({ binary, search: new CapacitySearch(kCapacityRates) }));
  const unfinished = () => searches.filter(({ search }) => search.next !== null);
  while (unfinished().length > 0) {
    await turn(async () => {
      for (const { binary, search } of unfinished()) {
        tell(`, ${search.next} video packets/s, ${binary.name}`);
        search.record(await attempt(binary, { ...scene.load, pps: search.next }, kProbeSeconds));
      }
    });
  }
  for (const { binary, search } of searches) {
    append(result.searches, binary.name, search.result);
  }
}

const percent = share => `${Math.round(100 * share)} %`;

function measureLatency(context) {
  return measureShares({ ...context, shares: latencyShares, what: { requests: false } });
}

function measureOverload(context) {
  return measureShares({ ...context, shares: [overloadShare], what: { requests: true } });
}

/** Measures at shares of the capacity of each binary, which the searches of another scene found. */
async function measureShares({ binaries, results, scene, result, seconds, attempt, turn, tell, shares, what }) {
  const { searches } = results.find(({ name }) => name === scene.needs);
  for (const share of shares) {
    let point = result.points.find(({ x }) => x === share);
    if (!point) {
      point = { x: share, loads: {}, capacities: {}, runs: {} };
      result.points.push(point);
    }
    const capacityOf = ({ name }) => median(searches[name].map(({ packetsPerSecond }) => packetsPerSecond));
    const loadOf = ({ name }) =>
      share === 'light' ? scene.load : { ...scene.load, pps: videoRateFor(scene.load, share * point.capacities[name]) };
    await turn(async () => {
      for (const binary of binaries) {
        // Later rounds use the rate of the first, so that the runs of a point are comparable.
        point.capacities[binary.name] ??= capacityOf(binary);
        point.loads[binary.name] ??= loadOf(binary);
        tell(`, ${share === 'light' ? share : percent(share)}, ${binary.name}`);
        append(point.runs, binary.name, await attempt(binary, point.loads[binary.name], seconds, what));
      }
    });
  }
}
