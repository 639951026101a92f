// One direction of an impaired network: decides for each datagram when it arrives, if at all. Opens no socket and reads no clock.

// Roughly the queue of a home router at a few Mbit/s.
const kQueueMs = 200;
const kReorderMs = 20;

/** Makes a generator of numbers from 0 to 1: xorshift32 (Marsaglia, 2003). */
export function makeRandom(seed) {
  // Zero would stay zero. The multiplier spreads small seeds over all bits.
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
  // The bad one of the two states of Gilbert and Elliott, in which consecutive packets are lost.
  #bad = false;
  // When the last accepted bit leaves the bottleneck, and when the last datagram that is in order arrives.
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
   *   from 0 to 1. jitterMs: maximum of the additional delay, which keeps the order. burst: probability per datagram of
   *   entering and of leaving the bad state, and the loss in it (Elliott, 1963). reorder: share of datagrams that arrive
   *   reorderMs later. kilobits: rate per second; datagrams that would wait longer than queueMs are dropped.
   */
  change(options) {
    this.#options = checked(options);
  }

  /** Returns the arrival times of a datagram of `bytes` that is sent `now`: none, one or two. */
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
    // Every datagram takes the same number of random draws, so that one option does not change the decisions of another.
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
