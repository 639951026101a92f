// An attacker: a router with transports, sockets on any loopback address, and a count of the datagrams sent.
import crypto from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { IcePeer } from './IcePeer.mjs';
import { pace } from './pace.mjs';
import { PlainPeer } from './PlainPeer.mjs';
import { mediaCodecs } from './Room.mjs';
import { masterSizes, SrtpContext } from './srtp.mjs';
import { kHome, udpListenInfo, udpSocket } from './udp.mjs';

const tcpInfo = { protocol: 'tcp', ip: kHome };

const kVideoFeedback = [{ type: 'nack' }, { type: 'nack', parameter: 'pli' }, { type: 'ccm', parameter: 'fir' }];
const codecs = {
  audio: { mimeType: 'audio/opus', payloadType: 100, clockRate: 48_000, channels: 2 },
  video: { mimeType: 'video/VP8', payloadType: 101, clockRate: 90_000, rtcpFeedback: kVideoFeedback },
};
const kRtx = { mimeType: 'video/rtx', payloadType: 102, clockRate: 90_000, parameters: { apt: 101 } };

export const payloadTypes = { audio: 100, video: 101, rtx: 102 };

export class Attacker {
  #sockets = [];
  #peers = [];

  /** Creates a router for the attacker in the room's worker. */
  static async enter(room) {
    return new Attacker(room, await room.worker.createRouter({ mediaCodecs }));
  }

  constructor(room, router) {
    this.room = room;
    this.router = router;
    this.datagrams = 0;
    this.bytes = 0;
  }

  async leave() {
    for (const peer of this.#peers) {
      peer.close();
    }
    this.#sockets.forEach(socket => socket.close());
    this.router.close();
    // close() does not wait. The response to dump() arrives after the worker has closed the router.
    if (this.room.alive) {
      await this.room.dump();
    }
  }

  /** Opens a socket. With another `ip` it is another host to the worker. */
  async socket(options) {
    const socket = await udpSocket({ keep: true, ...options });
    this.#sockets.push(socket);
    return socket;
  }

  /** Closes a socket before the attack ends. */
  drop(socket) {
    this.#sockets = this.#sockets.filter(each => each !== socket);
    socket.close();
  }

  send(socket, bytes, port, ip = kHome) {
    this.count(bytes);
    socket.send(bytes, port, ip);
  }

  count(bytes) {
    ++this.datagrams;
    this.bytes += bytes.length;
  }

  /** Sends at a steady rate; see pace(). */
  flood(options) {
    return pace(options);
  }

  /**
   * Starts a thread that repeats `packets` from its own socket, with rising sequence numbers if `sequence` is set.
   * @returns {Promise<{address: object, run: () => Promise<number>}>} address: of the socket; run: returns the number sent
   */
  async hose({ packets, port, perSecond, seconds, from = kHome, sequence = false }) {
    const thread = new Worker(path.join(import.meta.dirname, 'hoseThread.mjs'), {
      workerData: { packets, port, ip: kHome, from, perSecond, seconds, sequence },
    });
    const [{ address }] = await once(thread, 'message');
    const run = async () => {
      thread.postMessage('go');
      const [{ count }] = await once(thread, 'message');
      this.datagrams += count;
      this.bytes += (count * packets.reduce((sum, { length }) => sum + length, 0)) / packets.length;
      return count;
    };
    return { address, run };
  }

  /**
   * Creates a plain transport and its peer.
   * @param {{srtp?: string, transport?: object, connect?: boolean, ip?: string}} options srtp: the suite
   */
  async plain({ srtp, transport: extra = {}, connect = true, ip } = {}) {
    const socket = await this.socket({ ip });
    const encrypted = srtp ? { enableSrtp: true, srtpCryptoSuite: srtp } : {};
    const options = { listenInfo: udpListenInfo, rtcpMux: true, ...encrypted, ...extra };
    const transport = await this.router.createPlainTransport(options);
    const peer = new PlainPeer(this, transport, socket);
    this.#peers.push(peer);
    if (connect) {
      const key = srtp && crypto.randomBytes(masterSizes(srtp).size);
      const srtpParameters = srtp && { cryptoSuite: srtp, keyBase64: key.toString('base64') };
      await transport.connect({ ip: socket.address().address, port: socket.address().port, srtpParameters });
      if (srtp) {
        const own = Buffer.from(transport.srtpParameters.keyBase64, 'base64');
        peer.secure(new SrtpContext(srtp, key), new SrtpContext(srtp, own));
      }
    }
    return peer;
  }

  /** Creates a WebRTC transport and its peer, which has sent no connectivity check yet. */
  async webRtc({ protocol = 'udp', transport: extra = {}, ip } = {}) {
    const listenInfos = extra.webRtcServer ? {} : { listenInfos: [protocol === 'udp' ? udpListenInfo : tcpInfo] };
    const enable = { enableUdp: protocol === 'udp', enableTcp: protocol === 'tcp' };
    const transport = await this.router.createWebRtcTransport({ ...listenInfos, ...enable, ...extra });
    const peer = await IcePeer.open(this, transport, { protocol, ip });
    this.#peers.push(peer);
    return peer;
  }

  /** Creates a producer. `rtx`: the ssrc of retransmissions. `change`: returns the rtpParameters to use instead. */
  produce(transport, { kind, ssrc, rtx, cname = 'attacker', change = parameters => parameters, ...options }) {
    return transport.produce({
      kind,
      rtpParameters: change({
        codecs: [codecs[kind], ...(rtx ? [kRtx] : [])],
        encodings: [{ ssrc, ...(rtx ? { rtx: { ssrc: rtx } } : {}) }],
        rtcp: { cname },
      }),
      ...options,
    });
  }

  consume(transport, producer, options = {}) {
    return transport.consume({ producerId: producer.id, rtpCapabilities: this.router.rtpCapabilities, ...options });
  }

  /** Creates `count` consumers of the producer, each on its own plain transport. */
  async audience(producer, { count, srtp, ...options }) {
    const peers = [];
    for (let i = 0; i < count; ++i) {
      const peer = await this.plain({ srtp });
      peer.consumer = await this.consume(peer.transport, producer, options);
      peers.push(peer);
    }
    return peers;
  }
}
