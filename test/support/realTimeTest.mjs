// Tests whose verdict depends on real time. On a machine that does not keep up they wait for a while; where one of them fails
// nevertheless, it counts as skipped and says what was measured. A machine that keeps up excuses nothing.
import { test } from 'node:test';
import { isSlow, MachineWatch, slowness } from './MachineWatch.mjs';

const kPatienceMs = 15_000;

let watch;
// Where the machine stayed busy once, waiting again would only make the stage longer.
let patient = true;

async function untilCalm() {
  const deadline = performance.now() + kPatienceMs;
  while (patient && isSlow(await watch.next())) {
    patient = performance.now() < deadline;
  }
}

/**
 * Registers a test, like node:test's `test`.
 * @param {string} name
 * @param {object|Function} options may be left out
 * @param {Function} [body]
 */
export function realTimeTest(name, options, body = options) {
  test(name, body === options ? {} : options, async t => {
    // The parent runs all files of the stage: what they use is not another program's.
    watch ??= new MachineWatch(process.ppid);
    await untilCalm();
    const first = watch.seconds;
    try {
      await body(t);
    } catch (error) {
      // The last second of the test is measured to its end.
      await watch.next();
      const reason = slowness(watch.since(first));
      if (reason === null) {
        throw error;
      }
      t.skip(`machine too slow: ${reason}; else it would have failed: ${error.message.split('\n')[0].slice(0, 200)}`);
    }
  });
}
