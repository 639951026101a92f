// `ringcast-bench load`: the load generator as a separate process. It reports its progress in lines of JSON and reads ports and
// keys in lines of text; see bench/RemoteLoad.hpp.
import { spawn } from 'node:child_process';
import readline from 'node:readline';
import { onCpu } from './pinning.mjs';

// Far above the time for opening sockets or the warm-up of a second.
const kPatience = 20_000;

export class Load {
  #child;
  #events = [];
  #waiting = null;
  #errors = '';
  #gone = false;

  /** @param {{bin: string, args: string[], cpu?: number}} options args: those behind "load"; cpu: to which it is pinned */
  constructor({ bin, args, cpu }) {
    const [file, ...rest] = onCpu(cpu, [bin, 'load', ...args]);
    this.#child = spawn(file, rest, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child.stderr.on('data', data => (this.#errors += data));
    this.#child.stdin.on('error', () => {});
    this.#child.once('error', error => this.#onGone(error.message));
    this.#child.once('close', () => this.#onGone(this.#errors.trim() || 'it is gone'));
    readline.createInterface({ input: this.#child.stdout }).on('line', line => {
      this.#events.push(JSON.parse(line));
      this.#waiting?.();
    });
  }

  say(line) {
    this.#child.stdin.write(`${line}\n`);
  }

  /** Waits for the next line, which must be this event. */
  async next(event, patience = kPatience) {
    const deadline = Date.now() + patience;
    while (this.#events.length === 0 && !this.#gone) {
      const left = deadline - Date.now();
      if (left <= 0) {
        throw new Error(`the load did not say "${event}" within ${patience} ms`);
      }
      await this.#somethingHappens(left);
    }
    const said = this.#events.shift();
    if (said?.event !== event) {
      throw new Error(`the load failed before "${event}": ${said ? JSON.stringify(said) : this.#gone}`);
    }
    return said;
  }

  close() {
    this.#child.stdin.end();
    this.#child.kill();
  }

  #somethingHappens(milliseconds) {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, milliseconds);
      this.#waiting = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #onGone(why) {
    this.#gone ||= why;
    this.#waiting?.();
  }
}
