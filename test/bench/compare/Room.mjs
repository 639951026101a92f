// A worker under test with the participants of a scene. It uses only the controller's public API, so the worker may be any
// binary that the controller can start.
import crypto from 'node:crypto';
import * as mediasoup from 'mediasoup';
import { consumes, kindsOf, streamSsrc } from './scenes.mjs';

const kLoopback = '127.0.0.1';
// Concurrent requests. Two thousand consumers one by one would take two thousand round trips.
const kAtOnce = 64;
// RFC 3711 and RFC 7714: key and salt.
const masterKeyBytes = {
  AEAD_AES_256_GCM: 44,
  AEAD_AES_128_GCM: 28,
  AES_CM_128_HMAC_SHA1_80: 30,
  AES_CM_128_HMAC_SHA1_32: 30,
};
const codecs = {
  video: { kind: 'video', mimeType: 'video/VP8', clockRate: 90_000, payloadType: 96 },
  audio: { kind: 'audio', mimeType: 'audio/opus', clockRate: 48_000, channels: 2, payloadType: 97 },
};

function feedback(kind, nack) {
  return kind === 'video' && nack ? [{ type: 'nack' }, { type: 'nack', parameter: 'pli' }] : [];
}

async function inChunks(items, work) {
  for (let start = 0; start < items.length; start += kAtOnce) {
    await Promise.all(items.slice(start, start + kAtOnce).map(work));
  }
}

export class Room {
  #load;
  #sink;
  #senderKey;
  #producers = []; // {index, producer}
  #transports = []; // of the consumers, by index
  #consumers = [];

  /** @param {{bin: string, load: object, sink: object|null}} options see measure() */
  static async open({ bin, load, sink = null }) {
    const worker = await mediasoup.createWorker({ workerBin: bin, logLevel: 'error' });
    try {
      const mediaCodecs = Object.values(codecs).map(({ payloadType, ...codec }) => codec);
      return new Room(load, sink, worker, await worker.createRouter({ mediaCodecs }));
    } catch (error) {
      worker.close();
      throw error;
    }
  }

  constructor(load, sink, worker, router) {
    this.#load = load;
    this.#sink = sink;
    this.worker = worker;
    this.router = router;
    this.died = null;
    worker.on('died', error => (this.died = error));
    if (load.suite !== 'none') {
      this.#senderKey = crypto.randomBytes(masterKeyBytes[load.suite]).toString('base64');
    }
  }

  get pid() {
    return this.worker.pid;
  }

  get senderKey() {
    return this.#senderKey;
  }

  /** Creates a transport with producers per port of the load. Returns their ports in the worker. */
  async addProducers(loadPorts) {
    const ports = [];
    for (const [index, loadPort] of loadPorts.entries()) {
      const transport = await this.#connectedTransport({ localIp: kLoopback, ip: kLoopback, port: loadPort });
      for (const kind of kindsOf(this.#load)) {
        const { mimeType, clockRate, channels, payloadType } = codecs[kind];
        const producer = await transport.produce({
          kind,
          rtpParameters: {
            codecs: [{ mimeType, clockRate, channels, payloadType, rtcpFeedback: feedback(kind, this.#load.nack) }],
            encodings: [{ ssrc: streamSsrc(index, kind) }],
            rtcp: { cname: 'compare' },
          },
        });
        this.#producers.push({ index, producer });
      }
      ports.push(transport.tuple.localPort);
    }
    return ports;
  }

  /** Creates a transport per port of the load. Returns the keys that they encrypt with, or undefined. */
  async addConsumerTransports(loadPorts) {
    const { near: localIp, far: ip } = this.#sink ?? { near: kLoopback, far: kLoopback };
    await inChunks([...loadPorts.entries()], async ([index, port]) => {
      this.#transports[index] = await this.#connectedTransport({ localIp, ip, port });
    });
    return this.#transports.map(transport => transport.srtpParameters?.keyBase64);
  }

  /** Creates the consumers of each transport. Returns their number. */
  async addConsumers() {
    const pairs = this.#transports.flatMap((transport, consumer) =>
      this.#producers
        .filter(({ index }) => consumes(this.#load, consumer, index))
        .map(({ producer }) => ({ transport, producerId: producer.id })),
    );
    const rtpCapabilities = {
      codecs: this.router.rtpCapabilities.codecs
        .filter(({ mimeType }) => !mimeType.toLowerCase().endsWith('/rtx'))
        .map(codec => ({ ...codec, rtcpFeedback: feedback(codec.kind, this.#load.nack) })),
      headerExtensions: [],
    };
    await inChunks(pairs, async ({ transport, producerId }) => {
      this.#consumers.push(await transport.consume({ producerId, rtpCapabilities }));
    });
    return pairs.length;
  }

  /** Returns the RTP packets sent to all consumers, by the worker's statistics. */
  async packetsSent() {
    let sum = 0;
    await inChunks(this.#consumers, async consumer => {
      const stats = await consumer.getStats();
      sum += stats
        .filter(({ type }) => type === 'outbound-rtp')
        .reduce((packets, { packetCount }) => packets + packetCount, 0);
    });
    return sum;
  }

  async close() {
    this.worker.close();
    if (!this.worker.subprocessClosed) {
      await new Promise(resolve => this.worker.once('subprocessclose', resolve));
    }
  }

  async #connectedTransport({ localIp, ip, port }) {
    const cryptoSuite = this.#load.suite === 'none' ? undefined : this.#load.suite;
    const transport = await this.router.createPlainTransport({
      listenInfo: { protocol: 'udp', ip: localIp },
      rtcpMux: true,
      comedia: false,
      enableSrtp: Boolean(cryptoSuite),
      srtpCryptoSuite: cryptoSuite,
    });
    await transport.connect({
      ip,
      port,
      srtpParameters: cryptoSuite ? { cryptoSuite, keyBase64: this.#senderKey } : undefined,
    });
    return transport;
  }
}
