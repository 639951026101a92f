// Sending at a steady rate.

const kTickMs = 1;
// A late sender catches up by at most this, so that it does not send one large burst.
const kCatchUpMs = 20;

export const sleep = ms => new Promise(resolve => setTimeout(resolve, ms));

/**
 * Calls `send(i)` at a steady rate.
 * @returns {Promise<number>} the number of calls
 */
export async function pace({ perSecond, seconds, send }) {
  const began = performance.now();
  let skippedMs = 0;
  let last = began;
  let count = 0;
  for (let now = began; now - began < seconds * 1000; now = performance.now()) {
    skippedMs += Math.max(now - last - kCatchUpMs, 0);
    last = now;
    const due = Math.floor(((now - began - skippedMs) * perSecond) / 1000);
    for (; count < due; ++count) {
      send(count);
    }
    await sleep(kTickMs);
  }
  return count;
}

/** Calls `send(i)` for i from 0 to `count` - 1, with a pause after each batch that a socket's buffer can hold. */
export async function burst({ count, send }) {
  const kBatch = 200;
  for (let i = 0; i < count; i += kBatch) {
    for (let j = i; j < Math.min(i + kBatch, count); ++j) {
      send(j);
    }
    await sleep(1);
  }
}

/** Waits until `condition()` holds, for `limitMs` at most. Returns whether it does. */
export async function eventually(condition, limitMs = 2000) {
  const end = performance.now() + limitMs;
  while (!condition() && performance.now() < end) {
    await sleep(10);
  }
  return condition();
}
