// The media of this visitor: the streams that it publishes and receives. Independent of the page's elements.
import { Device } from 'mediasoup-client';
import { streamStatistics } from './statistics.mjs';

// Enough for a sharp picture of 640x360 from the start, until the bandwidth estimate has adapted.
const kStartKilobits = 600;
const kMaxKilobits = 1200;

/**
 * Dispatches CustomEvents: 'stream' { track, producerId, from, name, kind }, 'streamEnd' { producerId },
 * 'channel' { dataConsumer, label, from, name }, 'state' { direction, state }.
 */
export class Call extends EventTarget {
  #signal;
  #device;
  #transports = {};
  #states = {};
  #producers = [];
  #consumers = new Map();
  #channels = new Map();

  constructor(signal) {
    super();
    this.#signal = signal;
  }

  /** @param {{rtpCapabilities: object}} welcome */
  async start({ rtpCapabilities }) {
    this.#device = await Device.factory();
    await this.#device.load({ routerRtpCapabilities: rtpCapabilities });
    this.#transports.receive = await this.#createTransport('receive');
  }

  get producers() {
    return this.#producers;
  }

  get consumers() {
    return [...this.#consumers.values()];
  }

  /**
   * @param {{mimeType?: string, maxKilobits?: number}} options of video. mimeType: instead of the browser's choice;
   *   maxKilobits: per second
   */
  async publish(track, { mimeType, maxKilobits = kMaxKilobits } = {}) {
    this.#transports.send ??= await this.#createTransport('send');
    const codec =
      track.kind === 'video' && mimeType
        ? this.#device.sendRtpCapabilities.codecs.find(each => each.mimeType.toLowerCase() === mimeType.toLowerCase())
        : undefined;
    if (track.kind === 'video' && mimeType && !codec) {
      throw new Error(`this browser can't send ${mimeType}`);
    }
    const video = {
      encodings: [{ maxBitrate: 1000 * maxKilobits, scalabilityMode: 'L1T1' }],
      codecOptions: { videoGoogleStartBitrate: kStartKilobits },
    };
    const producer = await this.#transports.send.produce({
      track,
      codec,
      stopTracks: false,
      ...(track.kind === 'video' ? video : {}),
    });
    this.#producers.push(producer);
    return producer;
  }

  /**
   * Opens a data channel to all others.
   * @param {{label: string, ordered?: boolean, maxRetransmits?: number}} options see mediasoup-client
   */
  async open(options) {
    this.#transports.send ??= await this.#createTransport('send');
    return this.#transports.send.produceData(options);
  }

  /** @param {{dataProducerId: string, label: string, from: string, name: string}} channel as the server describes it */
  async listen(channel) {
    const options = await this.#signal.call('consumeData', {
      id: this.#transports.receive.id,
      dataProducerId: channel.dataProducerId,
    });
    const dataConsumer = await this.#transports.receive.consumeData(options);
    this.#channels.set(channel.dataProducerId, dataConsumer);
    this.dispatchEvent(new CustomEvent('channel', { detail: { ...channel, dataConsumer } }));
  }

  /** Called when the sender has closed a channel. */
  channelClosed(dataProducerId) {
    this.#channels.get(dataProducerId)?.close();
    this.#channels.delete(dataProducerId);
  }

  /** @param {{producerId: string, from: string, name: string, kind: string}} stream as the server describes it */
  async watch(stream) {
    const { id, kind, rtpParameters } = await this.#signal.call('consume', {
      id: this.#transports.receive.id,
      producerId: stream.producerId,
      rtpCapabilities: this.#device.recvRtpCapabilities,
    });
    const consumer = await this.#transports.receive.consume({
      id,
      producerId: stream.producerId,
      kind,
      rtpParameters,
      // Streams that are played in sync share a stream id (RFC 8830): sound and pictures of a visitor.
      streamId: stream.from,
      appData: stream,
    });
    this.#consumers.set(stream.producerId, consumer);
    this.dispatchEvent(new CustomEvent('stream', { detail: { ...stream, track: consumer.track } }));
    await this.#signal.call('resume', { id });
  }

  drop(producerId) {
    this.#consumers.get(producerId)?.close();
    this.#consumers.delete(producerId);
    this.dispatchEvent(new CustomEvent('streamEnd', { detail: { producerId } }));
  }

  /** Restarts ICE. Media use the old candidate pair meanwhile (RFC 8445, section 2.4). */
  async restartIce(direction) {
    const transport = this.#transports[direction];
    const { iceParameters } = await this.#signal.call('restartIce', { id: transport.id });
    await transport.restartIce({ iceParameters });
  }

  /** Called when the server has closed a transport. */
  transportClosed(id) {
    for (const [direction, transport] of Object.entries(this.#transports)) {
      if (transport.id === id) {
        transport.close();
        delete this.#transports[direction];
        this.#onState(direction, 'closed');
      }
    }
  }

  get states() {
    return { ...this.#states };
  }

  /** Returns the figures of each stream, with rates since the last call with the same `before`. See streamStatistics(). */
  async statistics(before = new Map()) {
    const reports = [
      ...this.#producers.map(producer => ({ own: true, stream: producer, name: 'me', id: producer.id })),
      ...this.consumers.map(consumer => ({
        own: false,
        stream: consumer,
        name: consumer.appData.name,
        id: consumer.producerId,
      })),
    ].filter(({ stream }) => !stream.closed);
    return Promise.all(
      reports.map(async ({ own, stream, name, id }) => {
        const now = streamStatistics(await stream.getStats(), before.get(id));
        before.set(id, now);
        return { name, own, producerId: id, kind: stream.kind, ...now };
      }),
    );
  }

  close() {
    Object.values(this.#transports).forEach(transport => transport.close());
    this.#transports = {};
  }

  async #createTransport(direction) {
    const options = await this.#signal.call('createTransport');
    const transport =
      direction === 'send' ? this.#device.createSendTransport(options) : this.#device.createRecvTransport(options);
    const { id } = transport;
    transport.on('connect', ({ dtlsParameters }, done, failed) => {
      this.#signal.call('connectTransport', { id, dtlsParameters }).then(done, failed);
    });
    transport.on('produce', ({ kind, rtpParameters }, done, failed) => {
      this.#signal.call('produce', { id, kind, rtpParameters }).then(done, failed);
    });
    transport.on('producedata', ({ sctpStreamParameters, label }, done, failed) => {
      this.#signal.call('produceData', { id, sctpStreamParameters, label }).then(done, failed);
    });
    transport.on('connectionstatechange', state => this.#onState(direction, state));
    return transport;
  }

  #onState(direction, state) {
    this.#states[direction] = state;
    this.dispatchEvent(new CustomEvent('state', { detail: { direction, state } }));
    if (state === 'failed' && this.#transports[direction]) {
      // If the server has gone too, its stream of events ends and the page starts again.
      this.restartIce(direction).catch(() => {});
    }
  }
}
