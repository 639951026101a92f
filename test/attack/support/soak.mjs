// The soak: guests join, leave, change address, restart ICE and sources, pause and switch layers under packet loss. Afterwards
// memory, descriptors and idle CPU must be back at their initial values.
import { cpuSeconds, openDescriptors, residentBytes } from '../../process/support/procfs.mjs';
import { makeRandom } from '../../e2e/browser/support/Link.mjs';
import { Attacker } from './Attacker.mjs';
import { makeCertificate } from './certificate.mjs';
import { Guest } from './Guest.mjs';
import { sleep } from './pace.mjs';
import { Room } from './Room.mjs';

const kMiB = 1024 * 1024;
const kTickMs = 20;
const kActionMs = 100;
const kGuests = { least: 2, most: 6 };
const kLoss = 0.03;
/** Share of the packets that the call beside the guests may lose. */
export const kSoakCallLoss = 0.01;
/** Growth of resident memory from the end of the warm-up to the end. The allocator's fragmentation is about 1 MiB. */
export const kSoakGrowth = 6 * kMiB;
/** CPU seconds per second of the worker after the guests have left. The call still runs. */
export const kSoakIdleCpu = 0.15;

class Soak {
  #attacker;
  #random;
  #guests = [];
  #certificate = makeCertificate();
  #actions = {};

  constructor(attacker, seed) {
    this.#attacker = attacker;
    this.#random = makeRandom(seed);
  }

  get actions() {
    return this.#actions;
  }

  async play(seconds) {
    const ticks = setInterval(() => this.#guests.forEach(guest => guest.tick()), kTickMs);
    const end = performance.now() + seconds * 1000;
    while (performance.now() < end) {
      await this.#act();
      await sleep(kActionMs);
    }
    clearInterval(ticks);
    this.#guests.splice(0).forEach(guest => guest.leave());
    await this.#attacker.room.dump();
  }

  #pick(values) {
    return values[Math.floor(this.#random() * values.length)];
  }

  async #act() {
    if (this.#guests.length < kGuests.least) {
      return this.#join();
    }
    const guest = this.#pick(this.#guests);
    const consumer = guest.anyConsumer();
    const producer = this.#pick(guest.producers);
    const layers = { spatialLayer: Math.floor(this.#random() * 3), temporalLayer: 0 };
    const actions = {
      join: () => this.#guests.length < kGuests.most && this.#join(),
      leave: () => this.#guests.length > kGuests.least && this.#leave(guest),
      move: () => guest.move(),
      restartIce: () => guest.restartIce(),
      restartSource: () => guest.jump(),
      layers: () => consumer?.kind === 'video' && consumer.setPreferredLayers(layers),
      pauseConsumer: () => (consumer?.paused ? consumer.resume() : consumer?.pause()),
      pauseProducer: () => (producer.paused ? producer.resume() : producer.pause()),
      keyFrame: () => consumer?.kind === 'video' && consumer.requestKeyFrame(),
      republish: () => this.#republish(guest),
      statistics: () => guest.peer.transport.getStats(),
    };
    const name = this.#pick(Object.keys(actions));
    this.#actions[name] = (this.#actions[name] ?? 0) + 1;
    await actions[name]();
  }

  async #join() {
    const guest = new Guest(this.#attacker, { random: this.#random, loss: kLoss });
    await guest.join(this.#certificate);
    for (const other of this.#guests) {
      for (const producer of other.producers) {
        await guest.follow(producer);
      }
    }
    this.#guests.push(guest);
    await this.#followed(guest);
  }

  async #followed(guest) {
    for (const other of this.#guests.filter(each => each !== guest)) {
      for (const producer of guest.producers) {
        await other.follow(producer);
      }
    }
  }

  #leave(guest) {
    this.#guests = this.#guests.filter(each => each !== guest);
    guest.leave();
  }

  async #republish(guest) {
    await guest.republish();
    await this.#followed(guest);
  }
}

/** Plays one round and returns the call's losses and the guests' actions. */
async function playRound(room, { seconds, seed }) {
  const attacker = await Attacker.enter(room);
  const round = new Soak(attacker, seed);
  await room.call.begin();
  try {
    await round.play(seconds);
  } finally {
    await attacker.leave();
  }
  const { sent, receivers } = await room.call.end();
  // Retransmission buffers hold packets for up to two seconds.
  await sleep(2500);
  return { sent, lost: Math.max(...receivers.map(({ lost }) => lost)), actions: round.actions };
}

async function idleCpu(room, seconds) {
  const [began, before] = [performance.now(), cpuSeconds(room.pid)];
  await sleep(seconds * 1000);
  return (cpuSeconds(room.pid) - before) / ((performance.now() - began) / 1000);
}

/**
 * Plays the warm-up and the rounds, and returns the differences between the ends of both.
 * @param {{warmUp: number, seconds: number, rounds?: number, seed: number, onRound?: (round: object) => unknown}} options
 *   seconds: of each round; onRound: called after each round with its figures
 */
export async function soak({ warmUp, seconds, rounds = 1, seed, onRound = () => {} }) {
  const room = await Room.open();
  const figures = () => ({ memory: residentBytes(room.pid), descriptors: openDescriptors(room.pid) });
  try {
    await playRound(room, { seconds: warmUp, seed });
    const before = figures();
    const total = { sent: 0, lost: 0, actions: 0 };
    for (let i = 0; i < rounds; ++i) {
      const round = await playRound(room, { seconds, seed: seed + 1 + i });
      total.sent += round.sent;
      total.lost += round.lost;
      total.actions += Object.values(round.actions).reduce((sum, count) => sum + count, 0);
      await onRound({ ...round, ...figures() });
    }
    const after = figures();
    return {
      ...total,
      growth: after.memory - before.memory,
      descriptors: [before.descriptors, after.descriptors],
      idleCpu: await idleCpu(room, 1),
    };
  } finally {
    await room.close();
  }
}
