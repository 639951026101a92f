// Asks the worker something at fixed times, whether or not it has answered before, and notes how long each answer took:
// a worker that answers nothing for a second is told by twenty questions, not by one.
import { performance } from 'node:perf_hooks';
import { percentile } from './statistics.mjs';

const kInterval = 50;
// What was not answered so long after the last question counts as if it were now.
const kPatience = 5000;

export class Prober {
  #ask;
  #timer;
  #asked = []; // performance.now() of each question, and of its answer
  #answers = [];

  /** @param {() => Promise<unknown>} ask */
  constructor(ask) {
    this.#ask = ask;
  }

  start() {
    this.#timer = setInterval(() => this.#askOnce(), kInterval);
  }

  /** No more questions; {requests, requestP50, requestP99, requestMax} in microseconds, once all are answered. */
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
    // A worker that died is noticed elsewhere; the question stays unanswered.
    this.#answers.push(this.#ask().then(note, () => {}));
  }
}
