// What a process has used so far, as the kernel knows it.
import fs from 'node:fs';

/** Nanoseconds from /proc/PID/task/TID/schedstat, which says: on the CPU, waiting for it, turns. */
export function parseSchedstat(text) {
  const [cpu, waited] = text.split(' ').map(Number);
  return { cpu, waited };
}

/** What /proc/net/softnet_stat counts of all CPUs: packets that found the queue full between a sender and its receivers. */
export function parseSoftnetDrops(text) {
  return text
    .trim()
    .split('\n')
    .reduce((sum, line) => sum + parseInt(line.split(' ')[1], 16), 0);
}

/** Bytes of /proc/PID/status that belong to this process alone: heap, stacks and shared mappings without a file. */
export function parseOwnMemory(status) {
  const kilobytes = field => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0);
  return (kilobytes('RssAnon') + kilobytes('RssShmem')) * 1024;
}

/**
 * Nanoseconds that all its threads were on a CPU, and that they were ready but others were on it. A thread that ended in
 * between takes its time with it.
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
