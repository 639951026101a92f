// One run: a new worker and a new load, a warm-up of a second, then the measured time.
import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { Load } from './Load.mjs';
import { chooseCpus, pin } from './pinning.mjs';
import { Prober } from './Prober.mjs';
import { Room } from './Room.mjs';
import { burstsOf, loadArguments } from './scenes.mjs';
import { cpuTimes, ownMemoryBytes, softnetDrops } from './usage.mjs';

// Beyond the measured time.
const kPatience = 30_000;

async function prepare(room, load) {
  const { senderPorts, receiverPorts } = await load.next('ready');
  const ports = await room.addProducers(senderPorts);
  const memory = { producers: ownMemoryBytes(room.pid) };
  const keys = await room.addConsumerTransports(receiverPorts);
  memory.transports = ownMemoryBytes(room.pid);
  const consumers = await room.addConsumers();
  ports.forEach((port, index) => load.say(`producer ${index} ${port}`));
  if (room.senderKey) {
    load.say(`senderKey ${room.senderKey}`);
    keys.forEach((key, index) => load.say(`consumerKey ${index} ${key}`));
  }
  return { memory, transports: keys.length, consumers };
}

/** Returns the resources that the worker has used, with the time. */
function look(pid) {
  return { at: performance.now(), ...cpuTimes(pid), backlogDrops: softnetDrops() };
}

/** Reads the worker's usage when the load has sent its last burst: the time after it would count as idle. */
async function lookAtLastBurst(pid, seconds) {
  await setTimeout(seconds * 1000);
  return look(pid);
}

function kindFigures(prefix, { received, expected, lossPercent, ...kind }) {
  return {
    [`${prefix}LossPercent`]: lossPercent,
    [`${prefix}Delivered`]: expected > 0 ? received / expected : 0,
    [`${prefix}P50`]: kind.latencyP50Micros,
    [`${prefix}P99`]: kind.latencyP99Micros,
    [`${prefix}P999`]: kind.latencyP999Micros,
    [`${prefix}Max`]: kind.latencyMaxMicros,
  };
}

function arrivalFigures(end) {
  return {
    lossPercent: end.lossPercent,
    reordered: end.reordered,
    inspected: end.inspected,
    corrupt: end.corrupt,
    overflows: end.overflows,
    p50: end.latencyP50Micros,
    p99: end.latencyP99Micros,
    p999: end.latencyP999Micros,
    max: end.latencyMaxMicros,
    ...kindFigures('video', end.video),
    ...kindFigures('audio', end.audio),
  };
}

const nothingArrived = {
  reordered: null,
  inspected: null,
  corrupt: 0,
  overflows: 0,
  p50: null,
  p99: null,
  p999: null,
  max: null,
};

/**
 * Computes the figures of a run from the report of the load and the worker's usage: between `before` and `lastBurst` it was
 * given work, and at `after` the work was done. `sent`: the worker's own count if nothing arrives at the load; else null. Pure.
 */
export function figures({ load, end, before, lastBurst, after, made, sent = null }) {
  const { memory, transports, consumers } = made;
  const packets = sent ?? end.received;
  const cpu = after.cpu - before.cpu;
  const busyTime = 1e6 * (lastBurst.at - before.at);
  const perTransport = (memory.transports - memory.producers) / transports;
  const perConsumer = (memory.end - memory.transports) / consumers;
  return {
    seconds: end.seconds,
    offeredPerSecond: end.expected / end.seconds,
    packetsPerSecond: packets / end.seconds,
    cpuMicrosPerPacket: packets > 0 ? cpu / 1000 / packets : 0,
    workerShare: (lastBurst.cpu - before.cpu) / busyTime,
    // Includes the time that it waited for a CPU.
    workerBusy: (lastBurst.cpu + lastBurst.waited - before.cpu - before.waited) / busyTime,
    loadShare: end.loadCpuMicros / 1e6 / end.seconds,
    bursts: burstsOf(load, end.seconds),
    lateBursts: end.lateBursts,
    backlogDrops: after.backlogDrops - before.backlogDrops,
    ...(sent === null ? arrivalFigures(end) : { ...nothingArrived, lossPercent: 100 * (1 - sent / end.expected) }),
    transports,
    consumers,
    bytesPerTransport: perTransport,
    bytesPerConsumer: perConsumer,
  };
}

/**
 * @param {{bin: string, loadBin: string, load: object, seconds: number, requests?: boolean, sink?: object|null}} options
 *   load: as in scenes.mjs; requests: measure response times meanwhile; sink: {far, near},
 *   an address whose packets are dropped, and the worker's own address towards it
 */
export async function measure({ bin, loadBin, load, seconds, requests = false, sink = null }) {
  const cpus = load.pinned ? chooseCpus() : null;
  const generator = new Load({ bin: loadBin, args: loadArguments(load, seconds, sink), cpu: cpus?.load });
  let room;
  try {
    room = await Room.open({ bin, load, sink });
    if (cpus) {
      pin(room.pid, cpus.worker);
    }
    const made = await prepare(room, generator);
    generator.say('go');
    await generator.next('begin');
    const prober = requests ? new Prober(() => room.worker.dump()) : null;
    const sentBefore = sink ? await room.packetsSent() : null;
    const before = look(room.pid);
    generator.say('go');
    prober?.start();
    const lastBurst = await lookAtLastBurst(room.pid, seconds);
    const asked = await prober?.stop();
    const end = await generator.next('end', kPatience);
    const after = look(room.pid);
    made.memory.end = ownMemoryBytes(room.pid);
    const sent = sink ? (await room.packetsSent()) - sentBefore : null;
    return { ...figures({ load, end, before, lastBurst, after, made, sent }), ...asked };
  } catch (error) {
    throw room?.died ? new Error(`the worker died: ${room.died.message}`) : error;
  } finally {
    generator.close();
    await room?.close();
  }
}
