// Worker and load each on a CPU of its own. Near saturation the scheduler at times puts both on one for a while, with the
// other idle, and what is measured then is neither.
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

/** {worker, load}: numbers of CPUs; null where there is but one. */
export function chooseCpus() {
  const [, list] = /^Cpus_allowed_list:\s*(\S+)/m.exec(fs.readFileSync('/proc/self/status', 'utf8'));
  const [worker, load] = parseCpuList(list);
  return load === undefined ? null : { worker, load };
}

/** The command with which it and its children run there; undefined: wherever they like. */
export function onCpu(cpu, command) {
  return cpu === undefined ? command : ['taskset', '--cpu-list', `${cpu}`, ...command];
}

/** All threads of the process; those that it makes later follow. */
export function pin(pid, cpu) {
  execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', `${cpu}`, `${pid}`], { stdio: 'ignore' });
}
