// A worker with a router whose streams arrive and leave over plain RTP. It uses mediasoup's API only, but for workerDump().
import * as mediasoup from 'mediasoup';
import { workerDump } from '../egressDump.mjs';
import { workerPortRange } from './ports.mjs';

const mediaCodecs = [
  { kind: 'audio', mimeType: 'audio/opus', clockRate: 48_000, channels: 2 },
  { kind: 'video', mimeType: 'video/VP8', clockRate: 90_000 },
  { kind: 'video', mimeType: 'video/VP9', clockRate: 90_000, parameters: { 'profile-id': 0 } },
  {
    kind: 'video',
    mimeType: 'video/H264',
    clockRate: 90_000,
    parameters: { 'packetization-mode': 1, 'profile-level-id': '42e01f', 'level-asymmetry-allowed': 1 },
  },
  { kind: 'video', mimeType: 'video/AV1', clockRate: 90_000 },
];

/** The codecs of the sending ffmpeg. */
const streams = {
  audio: { ssrc: 22_222_222, payloadType: 100, kind: 'audio' },
  video: { ssrc: 11_111_111, payloadType: 101, kind: 'video' },
};

function codecFor(mimeType) {
  return mediaCodecs.find(codec => codec.mimeType.toLowerCase() === mimeType.toLowerCase());
}

function rtpParametersFor({ ssrc, payloadType }, mimeType) {
  const { clockRate, channels, parameters } = codecFor(mimeType);
  return {
    codecs: [{ mimeType, payloadType, clockRate, channels, parameters }],
    encodings: [{ ssrc }],
    rtcp: { cname: 'ringcast-demo' },
  };
}

/** The capabilities of ffmpeg: the codecs, without retransmission, feedback and header extensions. */
function ffmpegCapabilities(routerCapabilities) {
  return {
    codecs: routerCapabilities.codecs
      .filter(({ mimeType }) => !mimeType.toLowerCase().endsWith('/rtx'))
      .map(codec => ({ ...codec, rtcpFeedback: [] })),
    headerExtensions: [],
  };
}

export class Room {
  #ip;

  /**
   * @param {{workerBin: string, ip?: string, logLevel?: string}} options
   */
  static async open({ workerBin, ip = '127.0.0.1', logLevel = 'warn' }) {
    const worker = await mediasoup.createWorker({ workerBin, logLevel, ...workerPortRange });
    try {
      return new Room(ip, worker, await worker.createRouter({ mediaCodecs }));
    } catch (error) {
      worker.close();
      throw error;
    }
  }

  constructor(ip, worker, router) {
    this.#ip = ip;
    this.worker = worker;
    this.router = router;
    this.died = null;
    worker.on('died', error => (this.died = error));
  }

  get ip() {
    return this.#ip;
  }

  /**
   * Creates a producer of the stream that ffmpeg sends to `target`. The worker learns its address from the first packet.
   * @param {{kind: 'audio' | 'video', mimeType: string, srtp?: {cryptoSuite: string, keyBase64: string}}} options
   *   srtp: the key that ffmpeg encrypts with
   */
  async publish({ kind, mimeType, srtp }) {
    const transport = await this.#createTransport({ comedia: true, cryptoSuite: srtp?.cryptoSuite });
    if (srtp) {
      await transport.connect({ srtpParameters: srtp });
    }
    const producer = await transport.produce({ kind, rtpParameters: rtpParametersFor(streams[kind], mimeType) });
    const target = {
      port: transport.tuple.localPort,
      rtcpPort: transport.rtcpTuple.localPort,
      payloadType: streams[kind].payloadType,
      ssrc: streams[kind].ssrc,
      mimeType,
      srtp,
    };
    return { kind, transport, producer, target };
  }

  /**
   * Creates a consumer that sends to `port`, and RTCP to the port above it.
   * @param {{producer: object, port: number, cryptoSuite?: string, keyBase64?: string}} options keyBase64: the key that
   *   the receiver would encrypt with
   */
  async subscribe({ producer, port, cryptoSuite, keyBase64 }) {
    const transport = await this.#createTransport({ comedia: false, cryptoSuite });
    await transport.connect({
      ip: this.#ip,
      port,
      rtcpPort: port + 1,
      srtpParameters: cryptoSuite ? { cryptoSuite, keyBase64 } : undefined,
    });
    const consumer = await transport.consume({
      producerId: producer.id,
      rtpCapabilities: ffmpegCapabilities(this.router.rtpCapabilities),
    });
    return {
      transport,
      consumer,
      // A line of the receiver's session description.
      media: { kind: consumer.kind, port, rtpParameters: consumer.rtpParameters, srtp: transport.srtpParameters },
    };
  }

  /**
   * Creates a producer in this room for a producer of another room, with both sides encrypting with the suite.
   */
  async linkFrom(otherRoom, producer, cryptoSuite) {
    const far = await otherRoom.#createTransport({ comedia: false, cryptoSuite, rtcpMux: true });
    const near = await this.#createTransport({ comedia: false, cryptoSuite, rtcpMux: true });
    await far.connect({ ip: this.#ip, port: near.tuple.localPort, srtpParameters: near.srtpParameters });
    await near.connect({ ip: otherRoom.#ip, port: far.tuple.localPort, srtpParameters: far.srtpParameters });
    const consumer = await far.consume({
      producerId: producer.id,
      rtpCapabilities: ffmpegCapabilities(otherRoom.router.rtpCapabilities),
    });
    return near.produce({ kind: consumer.kind, rtpParameters: consumer.rtpParameters });
  }

  /** Returns the worker's dump, with `egress` and `ingress`. */
  async workerDump() {
    // Every transport has the worker's channel.
    this.dumpTransport ??= await this.router.createDirectTransport();
    return workerDump(this.dumpTransport.channelForTesting);
  }

  async close() {
    this.worker.close();
    if (!this.worker.subprocessClosed) {
      await new Promise(resolve => this.worker.once('subprocessclose', resolve));
    }
  }

  #createTransport({ comedia, cryptoSuite, rtcpMux = false }) {
    return this.router.createPlainTransport({
      listenInfo: { protocol: 'udp', ip: this.#ip },
      rtcpMux,
      comedia,
      enableSrtp: Boolean(cryptoSuite),
      srtpCryptoSuite: cryptoSuite,
    });
  }
}
