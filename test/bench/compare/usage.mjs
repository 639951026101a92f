// Resources that a process has used, from procfs.
import fs from 'node:fs';

/** Reads /proc/PID/task/TID/schedstat: nanoseconds on a CPU, nanoseconds waiting for one, time slices. */
export function parseSchedstat(text) {
  const [cpu, waited] = text.split(' ').map(Number);
  return { cpu, waited };
}

/** Sums /proc/net/softnet_stat over all CPUs: packets dropped because the queue between sender and receivers was full. */
export function parseSoftnetDrops(text) {
  return text
    .trim()
    .split('\n')
    .reduce((sum, line) => sum + parseInt(line.split(' ')[1], 16), 0);
}

/** Returns the private memory of /proc/PID/status in bytes: heap, stacks and shared mappings without a file. */
export function parseOwnMemory(status) {
  const kilobytes = field => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0);
  return (kilobytes('RssAnon') + kilobytes('RssShmem')) * 1024;
}

/**
 * Returns the nanoseconds that all threads ran, and that they waited for a CPU. The time of threads that have ended is missing.
 */
export function cpuTimes(pid) {
  return fs
    .readdirSync(`/proc/${pid}/task`)
    .map(tid => parseSchedstat(fs.readFileSync(`/proc/${pid}/task/${tid}/schedstat`, 'utf8')))
    .reduce((sum, { cpu, waited }) => ({ cpu: sum.cpu + cpu, waited: sum.waited + waited }), { cpu: 0, waited: 0 });
}

export function softnetDrops() {
  return parseSoftnetDrops(fs.readFileSync('/proc/net/softnet_stat', 'utf8'));
}

export function ownMemoryBytes(pid) {
  return parseOwnMemory(fs.readFileSync(`/proc/${pid}/status`, 'utf8'));
}
