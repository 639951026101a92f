// What is compared. Pure: who measures it, and how often, is decided elsewhere.
//
// A load is what `ringcast-bench load` is to send and to expect; its members are that command's options. Rates are
// chosen so that a worker that needs 20 us for a packet still keeps up: CPU time of a packet is compared at the same
// work, and what the workers can do at most in a scene of its own.

/** One speaker and forty who watch: 720p of Chromium, frames of four packets, the last of them a byte larger. */
const webinar = {
  producers: 1,
  consumers: 40,
  pps: 300,
  audioPps: 50,
  talkers: 1,
  burst: 4,
  size: 964,
  lastLarger: true,
  leaveOutOwn: false,
  suite: 'AEAD_AES_128_GCM',
  nack: false,
};

/** What the first figures of the project were taken with: packets of one size, as long as a network carries. */
const table = { ...webinar, size: 1200, lastLarger: false };

/**
 * Scenes that are measured beside the floor, and what is asked of our worker there: of the CPU time of the first other
 * worker (`peer`) and of the floor. rig: where the consumers are; 'veth', behind a network device whose far end drops.
 */
const tableScenes = [
  { rig: null, burst: 10, must: { peer: 1 / 4, floor: 1.25 }, target: { peer: 1 / 6 } },
  { rig: null, burst: 4, must: { floor: 1.25 }, target: { peer: 1 / 4 } },
  { rig: null, burst: 1, must: { peer: 1 / 2 }, target: { peer: 0.4 } },
  { rig: 'veth', burst: 10, must: { peer: 1 / 6, floor: 1.25 }, target: { peer: 1 / 8 } },
  { rig: 'veth', burst: 4, must: { peer: 1 / 5 }, target: { peer: 1 / 6 } },
  { rig: 'veth', burst: 1, must: { peer: 1 / 2 }, target: { peer: 0.35 } },
].map(({ rig, burst, must, target }) => ({
  name: `${rig ?? 'table'}-${burst}`,
  title: `${rig ?? 'loopback'}, bursts of ${burst}`,
  rig,
  floor: { must, target },
  load: { ...table, burst },
}));

const meeting = { ...webinar, talkers: 3, leaveOutOwn: true };

/** Forwarded packets/s that a sweep stays below. */
export const sweepLimit = 30_000;

function sweepRate(streams) {
  return Math.max(1, Math.min(webinar.pps, Math.floor(sweepLimit / streams)));
}

function consumersPoint(consumers) {
  return { x: consumers, load: { ...webinar, consumers, audioPps: 0, pps: sweepRate(consumers) } };
}

function producersPoint(producers) {
  const consumers = 10;
  return {
    x: producers,
    load: { ...webinar, producers, consumers, audioPps: 0, pps: sweepRate(producers * consumers) },
  };
}

/** The share of what a binary can do at most; 'light' is the webinar as it is. */
export const latencyShares = ['light', 0.2, 0.4, 0.6, 0.8];

export const overloadShare = 1.5;

/**
 * For rates up to and beyond what a worker can do: the load looks at its sockets in steps, which costs it half as much,
 * so that the worker comes to its limit first; and each of them has a CPU of its own.
 */
const saturating = { ...webinar, receiveEvery: 500, pinned: true };

/**
 * kind: 'points', measured as they are; 'capacity', the rate is searched at which loss begins; 'latency' and 'overload',
 * the rates are shares of each binary's capacity.
 */
export const scenes = [
  ...tableScenes,
  { name: 'webinar-40', title: 'webinar, 1 to 40', load: webinar },
  { name: 'webinar-500', title: 'webinar, 1 to 500', load: { ...webinar, consumers: 500, pps: 40, audioPps: 25 } },
  { name: 'meeting-10', title: 'meeting of 10', load: { ...meeting, producers: 10, consumers: 10, pps: 100 } },
  { name: 'meeting-30', title: 'meeting of 30', load: { ...meeting, producers: 30, consumers: 30, pps: 30, burst: 2 } },
  { name: 'audio-100', title: 'audio room of 100', load: { ...meeting, producers: 100, consumers: 100, pps: 0 } },
  { name: 'aes-cm', title: '1 to 40, AES-CM', load: { ...webinar, suite: 'AES_CM_128_HMAC_SHA1_80' } },
  { name: 'plain', title: '1 to 40, plain RTP', load: { ...webinar, suite: 'none' } },
  {
    name: 'consumers',
    title: 'video from 1, to N',
    points: [1, 4, 10, 40, 100, 250, 500, 1000, 2000].map(consumersPoint),
  },
  {
    name: 'producers',
    title: 'video to 10, from N',
    points: [1, 3, 10, 30, 100].map(producersPoint),
  },
  {
    name: 'memory',
    title: 'memory, 1 to 1000',
    load: { ...webinar, consumers: 1000, audioPps: 0, pps: 30 },
  },
  {
    name: 'memory-nack',
    title: 'memory, 1 to 1000, NACK',
    load: { ...webinar, consumers: 1000, audioPps: 0, pps: 30, nack: true },
  },
  { name: 'capacity', title: 'capacity, 1 to 40', kind: 'capacity', load: saturating },
  { name: 'latency', title: 'latency, 1 to 40', kind: 'latency', needs: 'capacity', load: saturating },
  { name: 'overload', title: 'overload, 1 to 40', kind: 'overload', needs: 'capacity', load: saturating },
].map(({ kind = 'points', rig = null, floor = null, load, points, ...scene }) => ({
  ...scene,
  kind,
  rig,
  floor,
  load,
  points: points ?? [{ x: null, load }],
}));

/** The scenes of that rig with these names, in their order here, and those that they need; all of them without names. */
export function selectScenes(names, rig = null) {
  const there = scenes.filter(scene => scene.rig === rig);
  const wanted = new Set(names.length > 0 ? names : there.map(({ name }) => name));
  const unknown = [...wanted].filter(name => !there.some(scene => scene.name === name));
  if (unknown.length > 0) {
    throw new Error(`unknown scene ${unknown.join(', ')}; there are ${there.map(({ name }) => name).join(', ')}`);
  }
  for (const { name, needs } of there) {
    if (wanted.has(name) && needs) {
      wanted.add(needs);
    }
  }
  return there.filter(({ name }) => wanted.has(name));
}

export function kindsOf({ pps, audioPps }) {
  return [...(pps > 0 ? ['video'] : []), ...(audioPps > 0 ? ['audio'] : [])];
}

/** As SourceSsrc of bench/TestStream.hpp. */
export function streamSsrc(producer, kind) {
  const kFirst = 0x1000;
  return kFirst + producer * 2 + (kind === 'audio' ? 1 : 0);
}

export function consumes({ leaveOutOwn }, consumer, producer) {
  return !leaveOutOwn || consumer !== producer;
}

/** Packets/s that leave the worker when none is lost. */
export function forwardedPerSecond({ producers, consumers, pps, audioPps, talkers, leaveOutOwn }) {
  const reached = producer => consumers - (leaveOutOwn && producer < consumers ? 1 : 0);
  let sum = 0;
  for (let producer = 0; producer < producers; ++producer) {
    sum += (pps + (producer < talkers ? audioPps : 0)) * reached(producer);
  }
  return sum;
}

/** The video rate with which so many packets/s leave the worker. */
export function videoRateFor(load, perSecond) {
  const perVideoPacket = forwardedPerSecond({ ...load, pps: 1, audioPps: 0 });
  const audio = forwardedPerSecond({ ...load, pps: 0 });
  return Math.max(1, Math.round((perSecond - audio) / perVideoPacket));
}

// Looked at closely, a packet costs the load two to nine microseconds; so many in a second tell enough.
const kInspectionsPerSecond = 3000;
// Prime to the lengths of bursts: every place of a frame has its turn.
const kInspectionSteps = [1, 3, 7, 11, 17, 31, 61, 101, 211, 401, 997];

/** One packet in so many of each kind. Video and audio have their own, so that a little audio in much video has its p99. */
export function inspectionSteps(load) {
  const step = perSecond => {
    const least = perSecond / kInspectionsPerSecond;
    return kInspectionSteps.find(candidate => candidate >= least) ?? kInspectionSteps.at(-1);
  };
  return {
    inspectEvery: step(forwardedPerSecond({ ...load, audioPps: 0 })),
    inspectAudioEvery: step(forwardedPerSecond({ ...load, pps: 0 })),
  };
}

/** Bursts that the load sends within so many seconds. */
export function burstsOf({ producers, pps, audioPps, talkers, burst }, seconds) {
  return seconds * ((producers * pps) / burst + Math.min(producers, talkers) * audioPps);
}

/** The arguments behind "load". sink: {far, near}, the consumers' address and the worker's on the way to it. */
export function loadArguments(load, seconds, sink = null) {
  const { producers, consumers, pps, audioPps, talkers, burst, size, suite, receiveEvery = 0 } = load;
  const numbers = { producers, consumers, pps, audioPps, talkers, burst, size, suite, seconds, receiveEvery };
  return [
    ...Object.entries({ ...numbers, ...inspectionSteps(load) }).map(([name, value]) => `--${name}=${value}`),
    ...['lastLarger', 'leaveOutOwn'].filter(name => load[name]).map(name => `--${name}`),
    ...(sink ? [`--sink=${sink.far}`, `--sinkVia=${sink.near}`] : []),
  ];
}
