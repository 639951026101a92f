// Measures the load of the machine: CPU time of other programs and the hypervisor, and the delay of timers.
import fs from 'node:fs';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

const kWindowMs = 1000;
const kTickMs = 5;

// Other programs that take more than this share of the CPUs make a test slow, if no CPU is idle or if timers are late.
const kOthersShare = 0.25;
const kIdleShare = 0.1;
const kLateMs = 20;
// Share of the time that the hypervisor gave to other machines.
const kStealShare = 0.05;
// A single slow second must not fail a test.
const kSlowWindows = 2;

/** Returns the CPU time since boot, in ticks of 10 ms, and the length of the run queue. */
function machineTimes() {
  const text = fs.readFileSync('/proc/stat', 'utf8');
  const [user, nice, system, idle, iowait, irq, softirq, steal] = text
    .split('\n', 1)[0]
    .split(/\s+/)
    .slice(1)
    .map(Number);
  const busy = user + nice + system + irq + softirq;
  return { busy, idle: idle + iowait, steal, running: Number(/^procs_running (\d+)/m.exec(text)[1]) };
}

/** Returns the CPU time in ticks of a process and all its descendants, including ended ones. */
function treeTime(root) {
  const children = new Map();
  const times = new Map();
  for (const pid of fs.readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
    let fields;
    try {
      // The name of the program, in parentheses, may contain spaces. The fields after it are numbered from 3.
      fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ');
    } catch {
      continue;
    }
    const field = number => Number(fields[number - 3]);
    times.set(Number(pid), field(14) + field(15) + field(16) + field(17));
    const parent = field(4);
    children.set(parent, [...(children.get(parent) ?? []), Number(pid)]);
  }
  const sum = pid => (times.get(pid) ?? 0) + (children.get(pid) ?? []).reduce((total, child) => total + sum(child), 0);
  return sum(root);
}

function watch(root) {
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  let machine = machineTimes();
  let tree = treeTime(root);
  for (;;) {
    const began = performance.now();
    let lateMs = 0;
    for (let now = began; now - began < kWindowMs; ) {
      Atomics.wait(sleeper, 0, 0, kTickMs);
      const later = performance.now();
      lateMs = Math.max(lateMs, later - now - kTickMs);
      now = later;
    }
    const nextMachine = machineTimes();
    const nextTree = treeTime(root);
    const passed = name => nextMachine[name] - machine[name];
    const total = passed('busy') + passed('idle') + passed('steal') || 1;
    parentPort.postMessage({
      others: Math.max(passed('busy') - (nextTree - tree), 0) / total,
      idle: passed('idle') / total,
      steal: passed('steal') / total,
      running: nextMachine.running,
      lateMs,
    });
    machine = nextMachine;
    tree = nextTree;
  }
}

if (!isMainThread && workerData?.machineWatchRoot) {
  watch(workerData.machineWatchRoot);
}

/** Returns true if the machine was too busy for a test in this second. */
export function isSlow({ others, idle, steal, lateMs }) {
  return steal > kStealShare || (others > kOthersShare && (idle < kIdleShare || lateMs > kLateMs));
}

/** Returns why the machine was too slow for a test that lasted these seconds, or null if it kept up. */
export function slowness(windows) {
  const slow = windows.filter(isSlow);
  if (slow.length < kSlowWindows) {
    return null;
  }
  const mean = name => slow.reduce((sum, each) => sum + each[name], 0) / slow.length;
  const percent = name => `${Math.round(100 * mean(name))} %`;
  return (
    `${slow.length} of ${windows.length} s, in which other programs took ${percent('others')} and the hypervisor ` +
    `${percent('steal')} of the CPUs, ${mean('running').toFixed(0)} threads ran or waited, timers were up to ` +
    `${Math.max(...slow.map(({ lateMs }) => lateMs)).toFixed(0)} ms late`
  );
}

/** Measures second by second, in a separate thread. */
export class MachineWatch {
  #thread;
  #windows = [];
  #waiting = [];

  /** @param {number} root the process that belongs to the tests, with all its descendants */
  constructor(root) {
    this.#thread = new Worker(new URL(import.meta.url), { workerData: { machineWatchRoot: root } });
    this.#thread.unref();
    this.#thread.on('message', window => {
      this.#windows.push(window);
      this.#waiting.splice(0).forEach(resolve => resolve(window));
    });
  }

  /** Returns the number of measured seconds. */
  get seconds() {
    return this.#windows.length;
  }

  /** Returns the measured seconds, starting at this number. */
  since(first) {
    return this.#windows.slice(first);
  }

  /** Waits for the next second. */
  async next() {
    this.#thread.ref();
    const window = await new Promise(resolve => this.#waiting.push(resolve));
    this.#thread.unref();
    return window;
  }
}
