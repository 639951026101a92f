// What the kernel knows of a process.
import fs from 'node:fs';

function statusField(pid, field) {
  const text = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)[1]) * 1024;
}

/** Bytes of memory in use. */
export function residentBytes(pid) {
  return statusField(pid, 'VmRSS');
}

/** The most bytes of memory that were ever in use. */
export function peakResidentBytes(pid) {
  return statusField(pid, 'VmHWM');
}

/**
 * The environment of a worker whose descriptors a test of an unprivileged user can list. By default the kernel shows /proc/PID/fd
 * of a worker to root alone (PR_SET_DUMPABLE is 0, see doc/security.md).
 */
export const visibleDescriptors = { RINGCAST_CORE_DUMPS: 'on' };

/** The numbers of the open descriptors. The worker must have been started with `visibleDescriptors`. */
export function descriptorNumbers(pid) {
  return fs.readdirSync(`/proc/${pid}/fd`).map(Number);
}

export function openDescriptors(pid) {
  return descriptorNumbers(pid).length;
}

/** CPU seconds used, user and system. */
export function cpuSeconds(pid) {
  // The name, in parentheses, may hold spaces; after it the fields are numbered from 3.
  const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ');
  const kTicksPerSecond = 100;
  return (Number(fields[14 - 3]) + Number(fields[15 - 3])) / kTicksPerSecond;
}

/** A zombie that nobody has reaped yet is gone. */
export function isAlive(pid) {
  try {
    return !/^State:\s+[ZX]/m.test(fs.readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
