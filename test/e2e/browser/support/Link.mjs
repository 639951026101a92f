// One direction of a bad network: says of each datagram when it arrives, and whether. Opens no socket and reads no clock.

// What a home router holds back of a few Mbit/s before it drops.
const kQueueMs = 200;
const kReorderMs = 20;

/** xorshift32 (Marsaglia, 2003), as numbers from 0 to 1. */
export function makeRandom(seed) {
  // Nought would stay nought; the multiplier spreads small seeds over all bits.
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 0x1_0000_0000;
  };
  for (let i = 0; i < 8; ++i) {
    next();
  }
  return next;
}

function checked(options) {
  const known = ['delayMs', 'jitterMs', 'loss', 'burst', 'reorder', 'reorderMs', 'duplicate', 'kilobits', 'queueMs'];
  const wrong = Object.keys(options).filter(name => !known.includes(name));
  if (wrong.length > 0) {
    throw new TypeError(`a link has no ${wrong.join(', ')}`);
  }
  return options;
}

export class Link {
  #random;
  #options = {};
  // Of Gilbert and Elliott's two states the bad one, in which packets are lost in a row.
  #bad = false;
  // When the last bit of what was taken leaves the bottleneck, and when the last datagram in order arrives.
  #busyUntil = 0;
  #lastArrival = 0;
  counters = { packets: 0, bytes: 0, lost: 0, overflowed: 0, reordered: 0, duplicated: 0 };

  constructor(seed, options = {}) {
    this.#random = makeRandom(seed);
    this.change(options);
  }

  /**
   * @param {{delayMs?: number, jitterMs?: number, loss?: number, burst?: {enter: number, leave: number, loss?: number},
   *   reorder?: number, reorderMs?: number, duplicate?: number, kilobits?: number, queueMs?: number}} options shares are
   *   from 0 to 1. jitterMs: up to so much more delay, in order. burst: chances at each datagram to enter the bad state
   *   and to leave it, and the loss in it (Elliott, 1963). reorder: share of datagrams that come reorderMs later than
   *   others. kilobits: a second; what would wait longer than queueMs for that is dropped.
   */
  change(options) {
    this.#options = checked(options);
  }

  /** When a datagram of `bytes` that comes `now` arrives: nothing, one time, or two. */
  offer(now, bytes) {
    const {
      delayMs = 0,
      jitterMs = 0,
      loss = 0,
      burst,
      duplicate = 0,
      reorder = 0,
      reorderMs = kReorderMs,
    } = this.#options;
    ++this.counters.packets;
    this.counters.bytes += bytes;
    // The same draws for each datagram, whatever becomes of it: what one option decides does not move the others' decisions.
    const [forState, forLoss, forBurst, forJitter, forReorder, forDuplicate] = Array.from({ length: 6 }, this.#random);
    if (burst) {
      this.#bad = this.#bad ? forState >= burst.leave : forState < burst.enter;
    } else {
      this.#bad = false;
    }
    if (forLoss < loss || (this.#bad && forBurst < (burst.loss ?? 1))) {
      ++this.counters.lost;
      return [];
    }
    const sent = this.#throughBottleneck(now, bytes);
    if (sent === null) {
      ++this.counters.overflowed;
      return [];
    }
    const arrival = Math.max(this.#lastArrival, sent + delayMs + forJitter * jitterMs);
    const copies = forDuplicate < duplicate ? 1 : 0;
    this.counters.duplicated += copies;
    if (forReorder < reorder) {
      ++this.counters.reordered;
      return Array(1 + copies).fill(arrival + reorderMs);
    }
    this.#lastArrival = arrival;
    return Array(1 + copies).fill(arrival);
  }

  #throughBottleneck(now, bytes) {
    const { kilobits, queueMs = kQueueMs } = this.#options;
    if (!kilobits) {
      return now;
    }
    const start = Math.max(now, this.#busyUntil);
    if (start - now > queueMs) {
      return null;
    }
    this.#busyUntil = start + (8 * bytes) / kilobits;
    return this.#busyUntil;
  }
}
