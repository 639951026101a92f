// The scenes of a comparison. Pure data and functions.
//
// A load describes what `ringcast-bench load` sends and expects; its members are that command's options. The rates allow a
// worker that needs 20 us per packet to keep up: CPU time per packet is compared at the same work, and the capacity of the
// workers in a separate scene.

/** One speaker and forty viewers: 720p of Chromium, frames of four packets, the last of them a byte larger. */
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

/** The load of the project's first figures: packets of one size, close to the MTU. */
const table = { ...webinar, size: 1200, lastLarger: false };

/**
 * Scenes that are also measured with the floor, and our targets there: shares of the CPU time of the first other worker
 * (`peer`) and of the floor. rig: where the consumers are; 'veth': behind a network device whose far end drops packets.
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

/** A sweep stays below this number of forwarded packets/s. */
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

/** Shares of the capacity of a binary; 'light' is the unchanged webinar. */
export const latencyShares = ['light', 0.2, 0.4, 0.6, 0.8];

export const overloadShare = 1.5;

/**
 * For rates up to the capacity of a worker and above: the load reads its sockets in steps, which halves its cost, so that the
 * worker reaches its limit first. Each of them has its own CPU.
 */
const saturating = { ...webinar, receiveEvery: 500, pinned: true };

/**
 * kind: 'points': measured at fixed rates; 'capacity': searches the rate at which loss begins; 'latency' and 'overload': rates
 * are shares of each binary's capacity.
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

/** Returns the scenes of a rig with these names and those that they need, in the order above; all scenes without names. */
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

/** See SourceSsrc in bench/TestStream.hpp. */
export function streamSsrc(producer, kind) {
  const kFirst = 0x1000;
  return kFirst + producer * 2 + (kind === 'audio' ? 1 : 0);
}

export function consumes({ leaveOutOwn }, consumer, producer) {
  return !leaveOutOwn || consumer !== producer;
}

/** Returns the packets/s that the worker sends when none is lost. */
export function forwardedPerSecond({ producers, consumers, pps, audioPps, talkers, leaveOutOwn }) {
  const reached = producer => consumers - (leaveOutOwn && producer < consumers ? 1 : 0);
  let sum = 0;
  for (let producer = 0; producer < producers; ++producer) {
    sum += (pps + (producer < talkers ? audioPps : 0)) * reached(producer);
  }
  return sum;
}

/** Returns the video rate at which the worker sends this many packets/s. */
export function videoRateFor(load, perSecond) {
  const perVideoPacket = forwardedPerSecond({ ...load, pps: 1, audioPps: 0 });
  const audio = forwardedPerSecond({ ...load, pps: 0 });
  return Math.max(1, Math.round((perSecond - audio) / perVideoPacket));
}

// An inspected packet costs the load two to nine microseconds; this many per second suffice.
const kInspectionsPerSecond = 3000;
// Coprime to the lengths of bursts, so that every position in a frame is inspected.
const kInspectionSteps = [1, 3, 7, 11, 17, 31, 61, 101, 211, 401, 997];

/** Inspects one packet in this many, separately for video and audio, so that a p99 exists for little audio beside much video. */
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

/** Returns the number of bursts that the load sends in this many seconds. */
export function burstsOf({ producers, pps, audioPps, talkers, burst }, seconds) {
  return seconds * ((producers * pps) / burst + Math.min(producers, talkers) * audioPps);
}

/** Returns the arguments behind "load". sink: {far, near}: the consumers' address and the worker's own towards it. */
export function loadArguments(load, seconds, sink = null) {
  const { producers, consumers, pps, audioPps, talkers, burst, size, suite, receiveEvery = 0 } = load;
  const numbers = { producers, consumers, pps, audioPps, talkers, burst, size, suite, seconds, receiveEvery };
  return [
    ...Object.entries({ ...numbers, ...inspectionSteps(load) }).map(([name, value]) => `--${name}=${value}`),
    ...['lastLarger', 'leaveOutOwn'].filter(name => load[name]).map(name => `--${name}`),
    ...(sink ? [`--sink=${sink.far}`, `--sinkVia=${sink.near}`] : []),
  ];
}
