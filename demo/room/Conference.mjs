// The visitors of the room, and the worker that forwards between them. It uses mediasoup's API only.
import crypto from 'node:crypto';
import { Room } from '../media/Room.mjs';
import { Peer } from './Peer.mjs';

// Each visitor receives every stream: more of them would show the limits of the machine.
const kPeersMax = 50;
// Of the level meters: as often as an eye follows, and down to a whisper.
const kLevels = { maxEntries: kPeersMax, threshold: -70, interval: 200 };

/** A participant without a page, such as ffmpeg, which only publishes. */
class Guest {
  constructor(name, producers) {
    this.id = crypto.randomUUID();
    this.name = name;
    this.producers = producers;
  }
}

export class Conference {
  #listen;
  #participants = new Map();
  #visitors = 0;
  #observers = [];
  #speakers = new Map();

  /**
   * @param {{workerBin: string, ip?: string, ownPorts?: boolean, enableUdp?: boolean, enableTcp?: boolean}} options
   *   ownPorts: each transport has its own ports, instead of sharing those of a WebRtcServer
   */
  static async open({ workerBin, ip = '127.0.0.1', ownPorts = false, enableUdp = true, enableTcp = true }) {
    const room = await Room.open({ workerBin, ip });
    try {
      const enabled = { udp: enableUdp, tcp: enableTcp };
      const listenInfos = Object.keys(enabled).map(protocol => ({ protocol, ip }));
      // A server listens on all protocols, and each transport selects its own; own ports exist only for selected protocols.
      const listen = ownPorts
        ? { listenInfos: listenInfos.filter(({ protocol }) => enabled[protocol]) }
        : { webRtcServer: await room.worker.createWebRtcServer({ listenInfos }), enableUdp, enableTcp };
      const conference = new Conference(room, { ...listen, preferUdp: true, enableSctp: true });
      await conference.#observe();
      return conference;
    } catch (error) {
      await room.close();
      throw error;
    }
  }

  constructor(room, listen) {
    this.room = room;
    this.#listen = listen;
  }

  get router() {
    return this.room.router;
  }

  get participants() {
    return [...this.#participants.values()];
  }

  get full() {
    return this.peers.length >= kPeersMax;
  }

  get peers() {
    return this.participants.filter(participant => participant instanceof Peer);
  }

  /**
   * Adds a visitor. `notify(event, data)` sends an event to its page.
   * @returns {Peer}
   */
  join(name, notify) {
    const peer = new Peer(this, { name: name || `Visitor ${++this.#visitors}`, notify });
    const streams = this.participants.flatMap(other =>
      other.producers.map(producer => this.#describe(other, producer)),
    );
    const channels = this.peers.flatMap(other =>
      other.dataProducers.map(dataProducer => this.#describeChannel(other, dataProducer)),
    );
    this.#participants.set(peer.id, peer);
    const { rtpCapabilities } = this.router;
    notify('welcome', { token: peer.token, id: peer.id, name: peer.name, rtpCapabilities, streams, channels });
    return peer;
  }

  leave(peer) {
    if (this.#participants.delete(peer.id)) {
      peer.close();
    }
  }

  addGuest(name, producers) {
    const guest = new Guest(name, producers);
    this.#participants.set(guest.id, guest);
    producers.forEach(producer => this.announce(guest, producer));
  }

  /** Announces a new stream to all other visitors. Their consumers report its end. */
  announce(participant, producer) {
    if (producer.kind === 'audio') {
      this.#speakers.set(producer.id, participant.id);
      producer.observer.once('close', () => this.#speakers.delete(producer.id));
      for (const observer of this.#observers) {
        // The producer may close meanwhile.
        observer.addProducer({ producerId: producer.id }).catch(() => {});
      }
    }
    for (const peer of this.peers) {
      if (peer !== participant) {
        peer.notify('streamAdded', this.#describe(participant, producer));
      }
    }
  }

  /** Announces a new data channel likewise. */
  announceChannel(participant, dataProducer) {
    for (const peer of this.peers) {
      if (peer !== participant) {
        peer.notify('channelAdded', this.#describeChannel(participant, dataProducer));
      }
    }
  }

  createTransport() {
    return this.router.createWebRtcTransport(this.#listen);
  }

  async close() {
    this.peers.forEach(peer => this.leave(peer));
    await this.room.close();
  }

  /** Reports the dominant speaker and the levels to all visitors. */
  async #observe() {
    const dominant = await this.router.createActiveSpeakerObserver();
    const levels = await this.router.createAudioLevelObserver(kLevels);
    this.#observers = [dominant, levels];
    const tell = (event, data) => this.peers.forEach(peer => peer.notify(event, data));
    dominant.on('dominantspeaker', ({ producer }) =>
      tell('dominantSpeaker', { from: this.#speakers.get(producer.id) }),
    );
    levels.on('volumes', volumes =>
      tell('levels', {
        levels: volumes.map(({ producer, volume }) => ({ from: this.#speakers.get(producer.id), level: volume })),
      }),
    );
    levels.on('silence', () => tell('levels', { levels: [] }));
  }

  #describeChannel(participant, dataProducer) {
    const { id: dataProducerId, label } = dataProducer;
    return { dataProducerId, label, from: participant.id, name: participant.name };
  }

  #describe(participant, producer) {
    return { producerId: producer.id, from: participant.id, name: participant.name, kind: producer.kind };
  }
}
