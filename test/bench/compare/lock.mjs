// A lock file that others of the machine respect too: who builds and tests there waits while something is measured.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Does the work while `file` is locked, by flock(1); without a file just so. */
export async function withLock(file, work) {
  if (!file) {
    return work();
  }
  const holder = spawn('flock', [file, 'sh', '-c', 'echo held; exec cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const over = once(holder, 'close');
  const held = await Promise.race([once(holder.stdout, 'data').then(() => true), over.then(() => false)]);
  if (!held) {
    throw new Error(`${file} cannot be locked`);
  }
  try {
    return await work();
  } finally {
    holder.stdin.end();
    await over;
  }
}
