/** Returns a run without faults, changed by `members`. */
export function sampleRun(members = {}) {
  return {
    seconds: 5,
    offeredPerSecond: 14_000,
    packetsPerSecond: 14_000,
    cpuMicrosPerPacket: 3,
    workerShare: 0.042,
    workerBusy: 0.043,
    loadShare: 0.06,
    lossPercent: 0,
    reordered: 0,
    inspected: 2000,
    corrupt: 0,
    bursts: 625,
    lateBursts: 0,
    overflows: 0,
    backlogDrops: 0,
    p50: 300,
    p99: 900,
    p999: 1200,
    max: 2000,
    videoLossPercent: 0,
    videoDelivered: 1,
    videoP99: 950,
    audioLossPercent: 0,
    audioDelivered: 1,
    audioP99: 700,
    transports: 40,
    consumers: 80,
    bytesPerTransport: 40_960,
    bytesPerConsumer: 4096,
    ...members,
  };
}

/** Returns a run of a worker at one and a half times its capacity. */
export function overloadedRun(members = {}) {
  return sampleRun({
    offeredPerSecond: 300_000,
    packetsPerSecond: 190_000,
    workerShare: 0.99,
    workerBusy: 1,
    loadShare: 0.5,
    lossPercent: 36.7,
    videoLossPercent: 37,
    videoDelivered: 0.63,
    videoP99: 25_000,
    audioP99: 3000,
    bursts: 9600,
    requests: 100,
    requestP50: 2000,
    requestP99: 9000,
    requestMax: 12_000,
    ...members,
  });
}
