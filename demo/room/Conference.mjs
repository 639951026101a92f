// The visitors of the room, and the worker that forwards between them. It uses mediasoup's API only.
import crypto from 'node:crypto';
import { Room } from '../media/Room.mjs';
import { Peer } from './Peer.mjs';

// Each visitor receives every stream: more of them would show the limits of the machine.
const kPeersMax = 50;

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
      return new Conference(room, { ...listen, preferUdp: true });
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
    this.#participants.set(peer.id, peer);
    notify('welcome', { token: peer.token, name: peer.name, rtpCapabilities: this.router.rtpCapabilities, streams });
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
    for (const peer of this.peers) {
      if (peer !== participant) {
        peer.notify('streamAdded', this.#describe(participant, producer));
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

  #describe(participant, producer) {
    return { producerId: producer.id, from: participant.id, name: participant.name, kind: producer.kind };
  }
}
