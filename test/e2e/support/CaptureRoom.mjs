// A worker, or a chain of them, and captures that are published to the first and watched from the last by plain RTP over bad
// networks.
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
  #workers;
  #routers;
  #hops = []; // pipes between neighbours: { near, far, sockets }
  #socket;
  #random;
  #network;
  #seed;
  #sources = [];
  #viewers = new Map(); // by the ssrc of media and of its RTX
  #byPort = new Map(); // of the worker's transports: the receiver of its RTCP
  #timers = [];
  #started = 0;

  /** @param {{seed: number, network: object, hops?: number}} options hops: pipes from the publisher's worker to the viewers' */
  static async open({ seed, network, hops = 0 }) {
    const workers = await Promise.all(Array.from({ length: hops + 1 }, () => mediasoup.createWorker({ workerBin })));
    const routers = await Promise.all(workers.map(worker => worker.createRouter({ mediaCodecs })));
    const room = new CaptureRoom({ workers, routers, socket: await udpSocket(), seed, network });
    for (let hop = 0; hop < hops; ++hop) {
      await room.#addHop(routers[hop], routers[hop + 1]);
    }
    return room;
  }

  constructor({ workers, routers, socket, seed, network }) {
    this.#workers = workers;
    this.#routers = routers;
    this.#socket = socket;
    this.#random = makeRandom(seed);
    this.#network = network;
    this.#seed = seed;
    socket.on('message', (bytes, { port }) => this.#onDatagram(bytes, port));
  }

  async publish(capture) {
    const { port, send, transport } = await this.#connect(this.#routers[0]);
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
    let last = producer;
    for (const { near, far } of this.#hops) {
      const { kind, rtpParameters } = await near.consume({ producerId: last.id });
      last = await far.produce({ kind, rtpParameters });
    }
    return { id: last.id, capture, known: indexCapture(capture), source };
  }

  /** @returns {Promise<{consumer: object, viewer: CaptureViewer}>} */
  async watch({ id, capture, known }) {
    const router = this.#routers.at(-1);
    const { send, transport } = await this.#connect(router);
    const { codecs, headerExtensions } = router.rtpCapabilities;
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
    this.#hops.forEach(({ sockets }) => sockets.forEach(socket => socket.close()));
    this.#workers.forEach(worker => worker.close());
  }

  #every(milliseconds, work) {
    this.#timers.push(setInterval(work, milliseconds));
  }

  /** Connects two routers by a pipe with retransmission, through a relay that loses and reorders. */
  async #addHop(nearRouter, farRouter) {
    const options = { listenInfo: { protocol: 'udp', ip: kIp }, enableRtx: true };
    const ends = [await nearRouter.createPipeTransport(options), await farRouter.createPipeTransport(options)];
    const sockets = [await udpSocket(), await udpSocket()];
    for (const [i, end] of ends.entries()) {
      await end.connect({ ip: kIp, port: sockets[i].address().port });
      const link = new Link(this.#seed++, this.#network);
      const [to, port] = [sockets[1 - i], ends[1 - i].tuple.localPort];
      sockets[i].on('message', bytes => this.#pass(link, bytes, () => to.send(bytes, port, kIp)));
    }
    this.#hops.push({ near: ends[0], far: ends[1], sockets });
  }

  async #connect(router) {
    const transport = await router.createPlainTransport({
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
