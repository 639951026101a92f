// One ffmpeg process: its progress, warnings and exit.
import { spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import fs from 'node:fs/promises';

// Enough to diagnose a failure, bounded for a stream that warns without end.
const kStderrLimit = 64 * 1024;
// Seconds between reports: short, so that the counts of senders and receivers are comparable.
const kProgress = ['-progress', 'pipe:1', '-stats_period', '0.1'];

/** Emits 'progress' with { frame, totalSize, outTimeSeconds, end }, 'line' for each line of stderr, 'exit' at the end. */
export class Ffmpeg extends EventEmitter {
  #child;
  #stderr = '';
  #stderrLine = '';
  #progressText = '';
  #exit = null;

  /** `onSound(Buffer)` receives the sound that ffmpeg writes to its fd 3, if any. */
  constructor(name, args, { onSound = null } = {}) {
    super();
    this.name = name;
    this.args = ['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'level+warning', ...kProgress, ...args];
    this.progress = { frame: 0, totalSize: 0, outTimeSeconds: 0, end: false };
    this.#child = spawn('ffmpeg', this.args, { stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
    this.#child.stdout.setEncoding('utf8').on('data', text => this.#onProgressText(text));
    this.#child.stderr.setEncoding('utf8').on('data', text => this.#onStderr(text));
    this.#child.stdio[3].on('data', data => onSound?.(data));
    this.#child.stdio[3].on('error', () => {});
    this.exited = new Promise(resolve => {
      this.#child.once('error', error => resolve({ code: null, signal: null, error }));
      this.#child.once('close', (code, signal) => resolve({ code, signal }));
    }).then(exit => {
      this.#exit = exit;
      this.emit('exit', exit);
      return exit;
    });
  }

  get pid() {
    return this.#child.pid;
  }

  /** { code, signal }, or null while it runs. */
  get exit() {
    return this.#exit;
  }

  get stderr() {
    return this.#stderr;
  }

  stderrTail(lines = 12) {
    return this.#stderr.trimEnd().split('\n').slice(-lines).join('\n');
  }

  kill(signal = 'SIGKILL') {
    this.#child.kill(signal);
  }

  /** Waits for the exit, and kills ffmpeg after the time. */
  async exitWithin(milliseconds) {
    const timer = setTimeout(() => this.kill('SIGKILL'), milliseconds);
    try {
      return await this.exited;
    } finally {
      clearTimeout(timer);
    }
  }

  #onProgressText(text) {
    // Blocks of key=value lines, each ended by the line progress=continue or progress=end.
    this.#progressText += text;
    for (;;) {
      const block = /^([\s\S]*?)progress=(continue|end)\n/.exec(this.#progressText);
      if (!block) {
        return;
      }
      this.#progressText = this.#progressText.slice(block[0].length);
      const values = Object.fromEntries(
        block[1]
          .trim()
          .split('\n')
          .map(line => line.trim().split(/=\s*/)),
      );
      this.progress = {
        frame: Number(values.frame ?? 0),
        totalSize: Number(values.total_size) || 0,
        outTimeSeconds: Number(values.out_time_us) / 1e6 || 0,
        end: block[2] === 'end',
      };
      this.emit('progress', this.progress);
    }
  }

  #onStderr(text) {
    this.#stderr = (this.#stderr + text).slice(-kStderrLimit);
    const lines = (this.#stderrLine + text).split('\n');
    this.#stderrLine = lines.pop();
    for (const line of lines) {
      this.emit('line', line);
    }
  }
}

/** Returns true if each port is an open UDP socket of this machine. */
async function portsOpen(ports) {
  const open = new Set();
  for (const table of ['/proc/net/udp', '/proc/net/udp6']) {
    const text = await fs.readFile(table, 'utf8').catch(() => '');
    for (const [, port] of text.matchAll(/^ *\d+: [0-9A-F]+:([0-9A-F]{4}) /gm)) {
      open.add(parseInt(port, 16));
    }
  }
  return ports.every(port => open.has(port));
}

/** Waits until a receiving ffmpeg has opened its ports; the sender must start after that. */
export async function untilListening(ffmpeg, ports, milliseconds = 5000) {
  const deadline = Date.now() + milliseconds;
  while (!(await portsOpen(ports))) {
    if (ffmpeg.exit || Date.now() > deadline) {
      throw new Error(`${ffmpeg.name} does not listen on ${ports.join(', ')}; it said:\n${ffmpeg.stderrTail()}`);
    }
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}
