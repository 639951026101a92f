// Shared by the scenarios: the streams that are published, their length, and waiting.
import { Stage } from './Stage.mjs';
import { until } from './until.mjs';

/** True in `make e2e-long`: calls long enough to show rare faults, with every codec. */
export const long = process.env.RINGCAST_E2E === 'long';

const size = { width: 1280, height: 720, rate: 30 };
// Enough for the encoder to start with all layers, before the first bandwidth estimate.
const kStartKilobits = 3000;
const kTemporal = 'L1T3';

const simulcast = [
  { scaleResolutionDownBy: 4, maxBitrate: 150_000, scalabilityMode: kTemporal },
  { scaleResolutionDownBy: 2, maxBitrate: 500_000, scalabilityMode: kTemporal },
  { scaleResolutionDownBy: 1, maxBitrate: 1_500_000, scalabilityMode: kTemporal },
];

const svc = scalabilityMode => [{ maxBitrate: 1_500_000, scalabilityMode }];

/**
 * Streams with layers: those that are always played, and those that the long form adds. Not AV1: its spatial layers are only
 * described by dependency descriptors, which the controller negotiates with no consumer but those of pipes (see
 * ../../captures.test.mjs).
 */
export const layered = {
  short: ['VP8 simulcast', 'VP9 L3T3'],
  more: ['VP9 L3T3_KEY', 'H264 simulcast'],
};

/** The widths of the three layers. */
export const widths = [size.width / 4, size.width / 2, size.width];

export const ways = {
  'VP8 single': { mimeType: 'video/VP8', encodings: [{ maxBitrate: 500_000 }] },
  'VP8 simulcast': { mimeType: 'video/VP8', encodings: simulcast },
  'VP9 L3T3': { mimeType: 'video/VP9', encodings: svc('L3T3') },
  'VP9 L3T3_KEY': { mimeType: 'video/VP9', encodings: svc('L3T3_KEY') },
  'AV1 L3T3': { mimeType: 'video/AV1', encodings: svc('L3T3') },
  'AV1 L3T3_KEY': { mimeType: 'video/AV1', encodings: svc('L3T3_KEY') },
  'H264 simulcast': { mimeType: 'video/H264', encodings: simulcast },
};

// The streams that the worker can forward.
const ready = Object.keys(ways);

/** Returns the streams that a scenario plays; RINGCAST_E2E_WAY names another one. */
export function chosen({ short, more = [] }) {
  const wanted = process.env.RINGCAST_E2E_WAY;
  return wanted ? [wanted] : [...short, ...(long ? more : [])].filter(name => ready.includes(name));
}

export function video(way, more = {}) {
  return { kind: 'video', size, startKilobits: kStartKilobits, ...ways[way], ...more };
}

export const audio = { kind: 'audio', mimeType: 'audio/opus' };

export function now() {
  return performance.timeOrigin + performance.now();
}

export function pause(milliseconds) {
  return new Promise(resolve => setTimeout(resolve, milliseconds));
}

/** Waits, and returns the span of the wait. */
export async function spanOf(milliseconds) {
  const from = now();
  await pause(milliseconds);
  return { from, to: now() };
}

export function untilWidth(player, consumer, width) {
  return until(
    `a picture ${width} wide`,
    async () => (await player.noted(consumer)).frames.at(-1),
    frame => frame?.width === width,
  );
}

/** Lets Ann publish a stream and Bob watch its highest layer, both over networks with `impairment`. */
export async function annAndBob(t, { way, impairment = {}, seed }) {
  const stage = await Stage.open(t, { seed });
  const [ann, bob] = [await stage.enter(), await stage.enter()];
  const sending = await ann.connect('send', impairment);
  const receiving = await bob.connect('receive', impairment);
  const producer = await ann.publish(sending, video(way));
  const consumer = await bob.watch(receiving, producer, { readCells: true });
  await untilWidth(bob, consumer, size.width);
  return { stage, ann, bob, sending, receiving, producer, consumer };
}
