// A worker, and captures that are published to it and watched from it by plain RTP over bad networks.
import dgram from 'node:dgram';
import { once } from 'node:events';
import * as mediasoup from 'mediasoup';
import { workerBin } from '../../support/binaries.mjs';
import { isRtcp } from '../../support/rtcp.mjs';
import { Link, makeRandom } from '../browser/support/Link.mjs';
import { CaptureSource } from './CaptureSource.mjs';
import { CaptureViewer, indexCapture } from './CaptureViewer.mjs';

const kIp = '127.0.0.1';
const kSocketBuffer = 8 << 20;
const kPicturesASecond = 15;
const kClockRate = 90_000;
const kTickMs = 10;
const kSettlingMs = 1500;
const kPayloadTypes = { media: 96, rtx: 97 };
const kDescriptor = 'https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension';
const kFeedback = [{ type: 'nack' }, { type: 'nack', parameter: 'pli' }, { type: 'ccm', parameter: 'fir' }];

const codecParameters = {
  VP8: {},
  VP9: { 'profile-id': 0 },
  AV1: {},
  H264: { 'packetization-mode': 1, 'profile-level-id': '42e01f', 'level-asymmetry-allowed': 1 },
};
const mediaCodecs = Object.entries(codecParameters).map(([name, parameters]) => ({
  kind: 'video',
  mimeType: `video/${name}`,
  clockRate: kClockRate,
  parameters,
}));

async function udpSocket() {
  const socket = dgram.createSocket({ type: 'udp4', recvBufferSize: kSocketBuffer });
  socket.bind(0, kIp);
  await once(socket, 'listening');
  return socket;
}

export class CaptureRoom {
  #worker;
  #router;
  #socket;
  #random;
  #network;
  #seed;
  #sources = [];
  #viewers = new Map(); // by the ssrc of media and of its RTX
  #byPort = new Map(); // of the worker's transports: the receiver of its RTCP
  #timers = [];
  #started = 0;

  static async open({ seed, network }) {
    const worker = await mediasoup.createWorker({ workerBin });
    const router = await worker.createRouter({ mediaCodecs });
    return new CaptureRoom({ worker, router, socket: await udpSocket(), seed, network });
  }

  constructor({ worker, router, socket, seed, network }) {
    this.#worker = worker;
    this.#router = router;
    this.#socket = socket;
    this.#random = makeRandom(seed);
    this.#network = network;
    this.#seed = seed;
    socket.on('message', (bytes, { port }) => this.#onDatagram(bytes, port));
  }

  async publish(capture) {
    const { port, send, transport } = await this.#connect();
    const modes = capture.name.split('-')[1];
    const ssrc = () => 1 + Math.floor(this.#random() * 0xfffffffe);
    const encodings = capture.encodings.map(() => ({
      ssrc: ssrc(),
      rtx: { ssrc: ssrc() },
      scalabilityMode: capture.simulcast ? 'L1T3' : modes,
    }));
    const parameters = codecParameters[capture.codec];
    const codec = { mimeType: `video/${capture.codec}`, clockRate: kClockRate, payloadType: kPayloadTypes.media };
    const rtx = { mimeType: 'video/rtx', clockRate: kClockRate, payloadType: kPayloadTypes.rtx };
    const producer = await transport.produce({
      kind: 'video',
      rtpParameters: {
        codecs: [
          { ...codec, parameters, rtcpFeedback: kFeedback },
          { ...rtx, parameters: { apt: kPayloadTypes.media } },
        ],
        headerExtensions: [{ uri: kDescriptor, id: capture.descriptorId }],
        encodings,
        rtcp: { cname: capture.name },
      },
    });
    const source = new CaptureSource({ capture, encodings, payloadTypes: kPayloadTypes, send, random: this.#random });
    this.#byPort.set(port, compound => source.onRtcp(compound));
    this.#sources.push(source);
    return { id: producer.id, capture, known: indexCapture(capture), source };
  }

  /** @returns {Promise<{consumer: object, viewer: CaptureViewer}>} */
  async watch({ id, capture, known }) {
    const { send, transport } = await this.#connect();
    const { codecs, headerExtensions } = this.#router.rtpCapabilities;
    const options = { producerId: id, rtpCapabilities: { codecs, headerExtensions }, enableRtx: true };
    const consumer = await transport.consume(options);
    const [{ ssrc, rtx }] = consumer.rtpParameters.encodings;
    const viewer = new CaptureViewer({ capture, known, ssrc, rtxSsrc: rtx.ssrc, send });
    const arrival = new Link(this.#seed++, this.#network);
    const entry = { viewer, consumer, arrival };
    this.#viewers.set(ssrc, entry);
    this.#viewers.set(rtx.ssrc, entry);
    return entry;
  }

  start() {
    this.#started = performance.now();
    const ticks = () => Math.round(((performance.now() - this.#started) * kClockRate) / 1000);
    let pictures = 0;
    this.#every(1000 / kPicturesASecond / 4, () => {
      const due = ((performance.now() - this.#started) * kPicturesASecond) / 1000;
      for (; pictures < due; ++pictures) {
        const captured = (pictures * kClockRate) / kPicturesASecond;
        this.#sources.forEach(source => source.capture(captured));
      }
    });
    this.#every(1000, () => this.#sources.forEach(source => source.report(ticks())));
    const viewers = new Set(this.#viewers.values());
    this.#every(kTickMs, () => viewers.forEach(({ viewer }) => viewer.onTick(performance.now())));
  }

  /** Switches the layers of each viewer `count` times, at random intervals. */
  async changeLayers({ count, everyMs: [least, most] }) {
    const change = async ({ consumer }) => {
      for (let i = 0; i < count; ++i) {
        await new Promise(resolve => setTimeout(resolve, least + this.#random() * (most - least)));
        const [spatialLayer, temporalLayer] = [0, 0].map(() => Math.floor(3 * this.#random()));
        await consumer.setPreferredLayers({ spatialLayer, temporalLayer });
      }
    };
    await Promise.all([...new Set(this.#viewers.values())].map(change));
  }

  /** Stops the sources first, so that viewers can still have lost packets repaired. */
  async stop() {
    const [capturing, reporting] = this.#timers;
    clearInterval(capturing);
    clearInterval(reporting);
    await new Promise(resolve => setTimeout(resolve, kSettlingMs));
    this.#timers.forEach(clearInterval);
  }

  close() {
    this.#timers.forEach(clearInterval);
    this.#socket.close();
    this.#worker.close();
  }

  #every(milliseconds, work) {
    this.#timers.push(setInterval(work, milliseconds));
  }

  async #connect() {
    const transport = await this.#router.createPlainTransport({
      listenInfo: { protocol: 'udp', ip: kIp },
      rtcpMux: true,
    });
    await transport.connect({ ip: kIp, port: this.#socket.address().port });
    const { localPort } = transport.tuple;
    const departure = new Link(this.#seed++, this.#network);
    const send = bytes => this.#pass(departure, bytes, () => this.#socket.send(bytes, localPort, kIp));
    return { port: localPort, send, transport };
  }

  #pass(link, bytes, deliver) {
    const now = performance.now();
    for (const arrival of link.offer(now, bytes.length)) {
      setTimeout(deliver, arrival - now);
    }
  }

  #onDatagram(bytes, port) {
    if (isRtcp(bytes)) {
      this.#byPort.get(port)?.(bytes);
      return;
    }
    const entry = this.#viewers.get(bytes.readUInt32BE(8));
    if (entry) {
      this.#pass(entry.arrival, bytes, () => entry.viewer.onRtp(bytes, performance.now()));
    }
  }
}
