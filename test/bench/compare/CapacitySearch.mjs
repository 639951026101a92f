// The search for the rate at which a worker begins to lose packets: doubled until it does, then halved in between. It
// only says what to try next, so that the searches of several binaries can take turns.
import { lossLimit, marksOf } from './statistics.mjs';

/** Of one CPU: a worker that is less busy was not the one that could not keep up. */
export const busyShare = 0.9;

// A hiccup of the machine is no limit of the worker.
const kTries = 3;
// The search is over when the rates that pass and that fail are this close.
const kPrecision = 1.05;

/** 'passed', or who failed: 'worker' or 'load'. */
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

  /** Video packets/s: where it starts, and where it ends in any case. */
  constructor({ lowest, highest }) {
    this.#highest = highest;
    this.#rate = lowest;
  }

  /** The rate to try; null: it is over. */
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

  /** rate: video packets/s; packetsPerSecond: what left the worker then; limit: 'worker', 'load', 'none' was found. */
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
      // Even the lowest fails.
      return null;
    }
    const { rate: low } = this.#best;
    const { rate: high } = this.#failure;
    const between = Math.round(Math.sqrt(low * high));
    return high / low <= kPrecision || between === low || between === high ? null : between;
  }
}
