// Tests with a verdict that depends on real time. On a busy machine they wait for a while first; a test that fails on a busy
// machine counts as skipped and prints the measurements. On an idle machine, a failure is a failure.
import { test } from 'node:test';
import { isSlow, MachineWatch, slowness } from './MachineWatch.mjs';

const kPatienceMs = 15_000;

let watch;
// After one wait on a busy machine, further waits would only make the stage longer.
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
 * @param {object|Function} options optional
 * @param {Function} [body]
 */
export function realTimeTest(name, options, body = options) {
  test(name, body === options ? {} : options, async t => {
    // The parent process runs all files of the stage: their CPU time does not count as that of other programs.
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
