// Figures of a process, from procfs.
import fs from 'node:fs';

function statusField(pid, field) {
  const text = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)[1]) * 1024;
}

/** Returns the resident memory in bytes. */
export function residentBytes(pid) {
  return statusField(pid, 'VmRSS');
}

/** Returns the maximum of the resident memory in bytes. */
export function peakResidentBytes(pid) {
  return statusField(pid, 'VmHWM');
}

/**
 * The environment of a worker whose descriptors an unprivileged test can list. By default only root can read the worker's
 * /proc/PID/fd (PR_SET_DUMPABLE is 0, see doc/security.md).
 */
export const visibleDescriptors = { RINGCAST_CORE_DUMPS: 'on' };

/** Returns the numbers of the open descriptors. The worker must have been started with `visibleDescriptors`. */
export function descriptorNumbers(pid) {
  return fs.readdirSync(`/proc/${pid}/fd`).map(Number);
}

export function openDescriptors(pid) {
  return descriptorNumbers(pid).length;
}

/** Returns the CPU seconds used, user and system. */
export function cpuSeconds(pid) {
  // The program's name, in parentheses, may contain spaces. The fields behind it are numbered from 3.
  const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ');
  const kTicksPerSecond = 100;
  return (Number(fields[14 - 3]) + Number(fields[15 - 3])) / kTicksPerSecond;
}

/** Returns false if the process has ended, even if its parent has not waited for it yet. */
export function isAlive(pid) {
  try {
    return !/^State:\s+[ZX]/m.test(fs.readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
