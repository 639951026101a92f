// Waiting for what must come, with a deadline and a word on what came instead.

const kPoll = 50;
// On an idle machine what is waited for takes a second or two; a busy one gets ten times that.
const kPatience = 15_000;

/**
 * Looks again and again until `good(seen)`; gives what it saw. Fails with what it saw last.
 * @param {string} what is waited for
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
