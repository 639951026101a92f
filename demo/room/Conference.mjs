// Who is in the room, and the worker that forwards between them. What it is asked for is mediasoup's API only.
import crypto from 'node:crypto';
import { Room } from '../media/Room.mjs';
import { Peer } from './Peer.mjs';

// Each visitor gets every stream: with more of them the machine, not the room, would be what is shown.
const kPeersMax = 50;

/** Someone whose streams come from elsewhere, such as ffmpeg, and who watches nobody. */
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
   *   ownPorts: each transport has ports of its own, instead of all sharing those of a WebRtcServer
   */
  static async open({ workerBin, ip = '127.0.0.1', ownPorts = false, enableUdp = true, enableTcp = true }) {
    const room = await Room.open({ workerBin, ip });
    try {
      const enabled = { udp: enableUdp, tcp: enableTcp };
      const listenInfos = Object.keys(enabled).map(protocol => ({ protocol, ip }));
      // A server listens by all, and each transport says which it wants; ports of its own are only those that it wants.
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
   * A visitor. `notify` takes what the page has to know: (event, data).
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

  /** Tells all but the one who sends it of a new stream. Of its end they learn by their consumers. */
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
