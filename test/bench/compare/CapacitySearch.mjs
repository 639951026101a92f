// Searches the rate at which a worker begins to lose packets: doubles the rate until it does, then bisects. It only returns the
// next rate to try, so that the searches of several binaries can alternate.
import { lossLimit, marksOf } from './statistics.mjs';

/** Share of one CPU. A worker that is less busy was not the cause of the loss. */
export const busyShare = 0.9;

// A hiccup of the machine is not the worker's limit.
const kTries = 3;
// The search ends when the highest rate that passed and the lowest that failed are this close.
const kPrecision = 1.05;

/** Returns 'passed', or which side failed: 'worker' or 'load'. */
export function judge(run) {
  const marks = marksOf(run);
  if (['failed', 'corrupt', 'nothing'].some(mark => marks.includes(mark))) {
    return 'worker';
  }
  if (run.lossPercent <= lossLimit && !marks.includes('late')) {
    return 'passed';
  }
  return run.workerShare >= busyShare ? 'worker' : 'load';
}

export class CapacitySearch {
  #highest;
  #rate;
  #tries = 0;
  #failure = null; // {rate, by} of the lowest rate that failed
  #best = null; // {rate, run} of the highest one that passed
  #probes = [];

  /** Video packets/s: the first rate, and the limit of the search. */
  constructor({ lowest, highest }) {
    this.#highest = highest;
    this.#rate = lowest;
  }

  /** The next rate to try, or null when the search has ended. */
  get next() {
    return this.#rate;
  }

  record(run) {
    const verdict = judge(run);
    this.#probes.push({ rate: this.#rate, verdict, ...run });
    if (verdict === 'passed') {
      this.#best = { rate: this.#rate, run };
    } else if (++this.#tries < kTries) {
      return;
    } else {
      this.#failure = { rate: this.#rate, by: verdict };
    }
    this.#tries = 0;
    this.#rate = this.#choose();
  }

  /** rate: video packets/s; packetsPerSecond: sent by the worker at that rate; limit: 'worker', 'load' or 'none'. */
  get result() {
    return {
      rate: this.#best?.rate ?? 0,
      packetsPerSecond: this.#best?.run.packetsPerSecond ?? 0,
      workerShare: this.#best?.run.workerShare ?? 0,
      limit: this.#failure?.by ?? 'none',
      probes: this.#probes,
    };
  }

  #choose() {
    if (!this.#failure) {
      return this.#rate >= this.#highest ? null : Math.min(this.#rate * 2, this.#highest);
    }
    if (!this.#best) {
      // Even the lowest rate fails.
      return null;
    }
    const { rate: low } = this.#best;
    const { rate: high } = this.#failure;
    const between = Math.round(Math.sqrt(low * high));
    return high / low <= kPrecision || between === low || between === high ? null : between;
  }
}
