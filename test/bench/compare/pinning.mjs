// Pins worker and load to a CPU each. Near saturation the scheduler sometimes runs both on one CPU for a while, with the other
// idle, which spoils the measurement.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';

/** "0-2,5" -> [0, 1, 2, 5]. */
export function parseCpuList(text) {
  return text
    .trim()
    .split(',')
    .flatMap(part => {
      const [first, last = first] = part.split('-').map(Number);
      return Array.from({ length: last - first + 1 }, (_, index) => first + index);
    });
}

/** Returns the CPUs {worker, load}, or null if there is only one CPU. */
export function chooseCpus() {
  const [, list] = /^Cpus_allowed_list:\s*(\S+)/m.exec(fs.readFileSync('/proc/self/status', 'utf8'));
  const [worker, load] = parseCpuList(list);
  return load === undefined ? null : { worker, load };
}

/** Returns the command that runs on that CPU, with its children; undefined: on any CPU. */
export function onCpu(cpu, command) {
  return cpu === undefined ? command : ['taskset', '--cpu-list', `${cpu}`, ...command];
}

/** Pins all threads of the process; later threads inherit it. */
export function pin(pid, cpu) {
  execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', `${cpu}`, `${pid}`], { stdio: 'ignore' });
}
