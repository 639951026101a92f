/** A run in which nothing was wrong, but for what `members` says. */
export function sampleRun(members = {}) {
  return {
    seconds: 5,
    offeredPerSecond: 14_000,
    packetsPerSecond: 14_000,
    cpuMicrosPerPacket: 3,
    workerShare: 0.042,
    loadShare: 0.06,
    lossPercent: 0,
    reordered: 0,
    inspected: 2000,
    corrupt: 0,
    lateBursts: 0,
    overflows: 0,
    p50: 300,
    p99: 900,
    p999: 1200,
    max: 2000,
    transports: 40,
    consumers: 80,
    bytesPerTransport: 40_960,
    bytesPerConsumer: 4096,
    ...members,
  };
}
