// The well-behaved call beside an attack: a publisher of audio (50 packets/s) and video (100 packets/s) and some receivers. All use
// plain RTP, and each packet has a number in its payload.
import { once } from 'node:events';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { kHome, udpListenInfo as listenInfo } from './udp.mjs';

const kStreams = {
  audio: { payloadType: 100, ssrc: 0xca110001, codec: { mimeType: 'audio/opus', clockRate: 48_000, channels: 2 } },
  video: { payloadType: 101, ssrc: 0xca110002, codec: { mimeType: 'video/VP8', clockRate: 90_000 } },
};

export class Call {
  #thread;
  #transports;
  #waiting = new Map();
  #nextId = 0;

  /** Starts a call in the router, whose payload types must be 100 (Opus) and 101 (VP8). */
  static async start(router, { receivers = 2 } = {}) {
    const thread = new Worker(path.join(import.meta.dirname, 'callThread.mjs'), {
      workerData: { receivers, streams: { audio: kStreams.audio, video: kStreams.video } },
    });
    const [ports] = await once(thread, 'message');
    const source = await router.createPlainTransport({ listenInfo, rtcpMux: true });
    await source.connect({ ip: kHome, port: ports.publisherPort });
    const producers = [];
    for (const [kind, { payloadType, ssrc, codec }] of Object.entries(kStreams)) {
      const rtpParameters = { codecs: [{ ...codec, payloadType }], encodings: [{ ssrc }], rtcp: { cname: 'call' } };
      producers.push(await source.produce({ kind, rtpParameters }));
    }
    const transports = [source];
    for (const port of ports.receiverPorts) {
      const sink = await router.createPlainTransport({ listenInfo, rtcpMux: true });
      await sink.connect({ ip: kHome, port });
      for (const { id } of producers) {
        await sink.consume({ producerId: id, rtpCapabilities: router.rtpCapabilities });
      }
      transports.push(sink);
    }
    const call = new Call(thread, transports, producers);
    await call.#ask('start', { port: source.tuple.localPort });
    await call.#settle();
    return call;
  }

  constructor(thread, transports, producers) {
    this.#thread = thread;
    this.#transports = transports;
    this.producers = producers;
    thread.on('message', ({ id, result }) => {
      this.#waiting.get(id)?.(result);
      this.#waiting.delete(id);
    });
  }

  /** Starts a new measurement. */
  begin() {
    return this.#ask('begin');
  }

  /** Ends the measurement. @returns {Promise<{sent: number, lateMs: number, receivers: object[]}>} */
  end() {
    return this.#ask('end');
  }

  async stop() {
    this.#transports.forEach(transport => transport.close());
    await this.#thread.terminate();
  }

  /** Waits until every receiver has received 300 ms of packets without loss. */
  async #settle() {
    const kTries = 10;
    for (let i = 0; i < kTries; ++i) {
      await this.begin();
      await new Promise(resolve => setTimeout(resolve, 300));
      const { sent, receivers } = await this.end();
      if (sent > 0 && receivers.every(({ lost, dropped }) => lost + dropped === 0)) {
        return;
      }
    }
    throw new Error('the call does not run without an attack either');
  }

  #ask(command, options) {
    const id = this.#nextId++;
    const answer = new Promise(resolve => this.#waiting.set(id, resolve));
    this.#thread.postMessage({ id, command, options });
    return answer;
  }
}
