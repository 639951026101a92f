// A lock file that builds and tests on the same machine respect, so that they wait during a measurement.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Runs `work` while `file` is locked by flock(1), or without a lock if there is no file. */
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
