// What a process has used so far, as the kernel knows it.
import fs from 'node:fs';

/** Nanoseconds of CPU time from /proc/PID/task/TID/schedstat: on the CPU, waiting for it, turns. */
export function parseSchedstat(text) {
  return Number(text.split(' ')[0]);
}

/** Bytes of /proc/PID/status that belong to this process alone: heap, stacks and shared mappings without a file. */
export function parseOwnMemory(status) {
  const kilobytes = field => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0);
  return (kilobytes('RssAnon') + kilobytes('RssShmem')) * 1024;
}

/** Nanoseconds of CPU time of all its threads. One that ended in between takes its time with it. */
export function cpuNanoseconds(pid) {
  return fs
    .readdirSync(`/proc/${pid}/task`)
    .map(tid => parseSchedstat(fs.readFileSync(`/proc/${pid}/task/${tid}/schedstat`, 'utf8')))
    .reduce((sum, nanoseconds) => sum + nanoseconds, 0);
}

export function ownMemoryBytes(pid) {
  return parseOwnMemory(fs.readFileSync(`/proc/${pid}/status`, 'utf8'));
}
