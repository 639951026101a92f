// Waits for a condition, with a deadline and the last state in the error.

const kPoll = 50;
// On an idle machine conditions take a second or two; a busy one gets ten times that.
const kPatience = 15_000;

/**
 * Calls `look` until `good` accepts its result, and returns that. Fails with the last result at the deadline.
 * @param {string} what describes the condition
 * @param {() => Promise<any>} look
 * @param {(seen: any) => boolean} good
 */
export async function until(what, look, good, milliseconds = kPatience) {
  const deadline = performance.now() + milliseconds;
  for (;;) {
    const seen = await look();
    if (good(seen)) {
      return seen;
    }
    if (performance.now() > deadline) {
      throw new Error(`${what}: not within ${milliseconds} ms; last seen: ${JSON.stringify(seen)}`);
    }
    await new Promise(resolve => setTimeout(resolve, kPoll));
  }
}
