// One run: a fresh worker and a fresh load, a warm-up of a second, the measured time.
import { Load } from './Load.mjs';
import { Room } from './Room.mjs';
import { loadArguments } from './scenes.mjs';
import { cpuNanoseconds, ownMemoryBytes } from './usage.mjs';

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

/** The figures of a run, from what the load said at its end and what the worker used. Pure. */
export function figures({ end, cpu, made }) {
  const { memory, transports, consumers } = made;
  const perTransport = (memory.transports - memory.producers) / transports;
  const perConsumer = (memory.end - memory.transports) / consumers;
  return {
    seconds: end.seconds,
    offeredPerSecond: end.expected / end.seconds,
    packetsPerSecond: end.received / end.seconds,
    cpuMicrosPerPacket: end.received > 0 ? cpu / 1000 / end.received : 0,
    workerShare: cpu / 1e9 / end.seconds,
    loadShare: end.loadCpuMicros / 1e6 / end.seconds,
    lossPercent: end.lossPercent,
    reordered: end.reordered,
    inspected: end.inspected,
    corrupt: end.corrupt,
    lateBursts: end.lateBursts,
    overflows: end.overflows,
    p50: end.latencyP50Micros,
    p99: end.latencyP99Micros,
    p999: end.latencyP999Micros,
    max: end.latencyMaxMicros,
    transports,
    consumers,
    bytesPerTransport: perTransport,
    bytesPerConsumer: perConsumer,
  };
}

/** @param {{bin: string, loadBin: string, load: object, seconds: number}} options load: as in scenes.mjs */
export async function measure({ bin, loadBin, load, seconds }) {
  const generator = new Load({ bin: loadBin, args: loadArguments(load, seconds) });
  let room;
  try {
    room = await Room.open({ bin, load });
    const made = await prepare(room, generator);
    generator.say('go');
    await generator.next('begin');
    const before = cpuNanoseconds(room.pid);
    generator.say('go');
    const end = await generator.next('end', seconds * 1000 + kPatience);
    const cpu = cpuNanoseconds(room.pid) - before;
    made.memory.end = ownMemoryBytes(room.pid);
    return figures({ end, cpu, made });
  } catch (error) {
    throw room?.died ? new Error(`the worker died: ${room.died.message}`) : error;
  } finally {
    generator.close();
    await room?.close();
  }
}
