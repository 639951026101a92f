// What the scenarios have in common: who publishes what, how long they are, and the waiting.
import { Stage } from './Stage.mjs';
import { until } from './until.mjs';

/** `make e2e-long`: as long as a call needs to show what is rare, and with every codec. */
export const long = process.env.RINGCAST_E2E === 'long';

const size = { width: 1280, height: 720, rate: 30 };
// So much that the encoder starts with all layers, whatever the estimate of the bandwidth says later.
const kStartKilobits = 3000;
const kTemporal = 'L1T3';

const simulcast = [
  { scaleResolutionDownBy: 4, maxBitrate: 150_000, scalabilityMode: kTemporal },
  { scaleResolutionDownBy: 2, maxBitrate: 500_000, scalabilityMode: kTemporal },
  { scaleResolutionDownBy: 1, maxBitrate: 1_500_000, scalabilityMode: kTemporal },
];

const svc = scalabilityMode => [{ maxBitrate: 1_500_000, scalabilityMode }];

/**
 * Those with layers: what is tried each time, and what the long form adds. Not AV1: Chromium tells its spatial layers apart by
 * dependency descriptors alone, which the controller lets no consumer have but those of its pipes (see ../../captures.test.mjs).
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

// What the worker can forward.
const ready = Object.keys(ways);

/** The ways of publishing that a scenario is to be played with; RINGCAST_E2E_WAY names another one. */
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

/** Waits, and gives the span that it waited. */
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

/** Ann publishes the way that is named and Bob watches the highest layer, both through `impairment`. */
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
