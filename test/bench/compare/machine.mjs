// Describes the machine and the programs of a measurement.
import { execFileSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import * as mediasoup from 'mediasoup';

const kPatience = 5000;

function distribution() {
  try {
    return /^PRETTY_NAME="(.*)"$/m.exec(fs.readFileSync('/etc/os-release', 'utf8'))[1];
  } catch {
    return 'unknown';
  }
}

export function describeMachine() {
  const cpus = os.cpus();
  return {
    cpu: cpus[0]?.model.trim() ?? 'unknown',
    cores: cpus.length,
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    kernel: os.release(),
    system: distribution(),
    node: process.version,
    controller: `mediasoup ${mediasoup.version}`,
  };
}

/** Returns the output of --version, or null if the program has no such option. */
function versionOf(file) {
  try {
    const text = execFileSync(file, ['--version'], { timeout: kPatience, stdio: ['ignore', 'pipe', 'ignore'] });
    return text.toString().trim().split('\n')[0] || null;
  } catch {
    return null;
  }
}

export function describeBinary({ name, path }) {
  const bytes = fs.readFileSync(path);
  const sha256 = crypto.createHash('sha256').update(bytes).digest('hex');
  return { name, path, bytes: bytes.length, sha256, version: versionOf(path) };
}

export function machineLines({ machine, binaries, seconds, rounds }) {
  const { cpu, cores, memoryGiB, kernel, system, node, controller } = machine;
  return [
    `${cpu}, ${cores} cores, ${memoryGiB} GiB; Linux ${kernel}, ${system}; Node.js ${node}, ${controller}.`,
    ...binaries.map(({ name, version, bytes, sha256 }) => {
      const said = version ? `${version}, ` : '';
      return `${name}: ${said}${(bytes / 2 ** 20).toFixed(1)} MiB, sha256 ${sha256.slice(0, 12)}.`;
    }),
    `Runs of ${seconds} s, ${rounds} of each, the binaries in turn; medians.`,
  ];
}
