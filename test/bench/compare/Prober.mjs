// Sends requests to the worker at fixed times, whether or not it has answered earlier ones, and measures each response time: a
// second without responses counts in twenty requests, not in one.
import { performance } from 'node:perf_hooks';
import { percentile } from './statistics.mjs';

const kInterval = 50;
// Requests without a response this long after the last one count as answered then.
const kPatience = 5000;

export class Prober {
  #ask;
  #timer;
  #asked = []; // performance.now() of each request and of its response
  #answers = [];

  /** @param {() => Promise<unknown>} ask */
  constructor(ask) {
    this.#ask = ask;
  }

  start() {
    this.#timer = setInterval(() => this.#askOnce(), kInterval);
  }

  /** Stops sending. Returns {requests, requestP50, requestP99, requestMax} in microseconds, once all are answered. */
  async stop(patience = kPatience) {
    clearInterval(this.#timer);
    let timer;
    const enough = new Promise(resolve => (timer = setTimeout(resolve, patience)));
    await Promise.race([Promise.all(this.#answers), enough]);
    clearTimeout(timer);
    const now = performance.now();
    const micros = this.#asked.map(({ at, answered }) => 1000 * ((answered ?? now) - at));
    return {
      requests: micros.length,
      requestP50: percentile(micros, 0.5),
      requestP99: percentile(micros, 0.99),
      requestMax: percentile(micros, 1),
    };
  }

  #askOnce() {
    const question = { at: performance.now(), answered: null };
    this.#asked.push(question);
    const note = () => (question.answered = performance.now());
    // A dead worker is detected elsewhere; the request stays without a response.
    this.#answers.push(this.#ask().then(note, () => {}));
  }
}
