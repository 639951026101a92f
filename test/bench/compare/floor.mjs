// `ringcast-bench floor`: a program that does only the minimum that every worker must do, under the same load.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { burstsOf, loadArguments } from './scenes.mjs';

/** Measured like a binary, beside the others. */
export const floorBinary = { name: 'floor', path: null };

// Beyond the measured time.
const kPatience = 30_000;

/** Reads the figures of a run from the JSON that the floor prints. Those that only a worker has are 0. Pure. */
export function floorFigures({ report, load, toSink }) {
  const arrived = value => (toSink ? null : value);
  return {
    seconds: report.seconds,
    offeredPerSecond: report.expected / report.seconds,
    packetsPerSecond: report.packetsPerSecond,
    cpuMicrosPerPacket: report.cpuMicrosPerPacket,
    workerShare: (report.cpuUserMicros + report.cpuSystemMicros) / 1e6 / report.seconds,
    loadShare: report.loadCpuMicros / 1e6 / report.seconds,
    lossPercent: report.lossPercent,
    reordered: arrived(report.reordered),
    inspected: arrived(report.inspected),
    corrupt: report.corrupt,
    bursts: burstsOf(load, report.seconds),
    lateBursts: report.lateBursts,
    overflows: report.overflows,
    backlogDrops: 0,
    p50: arrived(report.latencyP50Micros),
    p99: arrived(report.latencyP99Micros),
    p999: arrived(report.latencyP999Micros),
    max: arrived(report.latencyMaxMicros),
    transports: 0,
    consumers: 0,
    bytesPerTransport: 0,
    bytesPerConsumer: 0,
  };
}

/** @param {{bin: string, load: object, seconds: number, sink: object|null}} options see measure() */
export async function measureFloor({ bin, load, seconds, sink = null }) {
  const args = ['floor', '--json', ...loadArguments(load, seconds, sink)];
  const { stdout } = await promisify(execFile)(bin, args, { timeout: seconds * 1000 + kPatience });
  return floorFigures({ report: JSON.parse(stdout), load, toSink: sink !== null });
}
