// A worker with the well-behaved call, and measurements of both.
import * as mediasoup from 'mediasoup';
import { workerBin } from '../../support/binaries.mjs';
import { workerDump } from '../../../demo/egressDump.mjs';
import {
  cpuSeconds,
  isAlive,
  openDescriptors,
  residentBytes,
  visibleDescriptors,
} from '../../process/support/procfs.mjs';
import { Call } from './Call.mjs';

// The controller passes its environment on.
Object.assign(process.env, visibleDescriptors);

const kSampleMs = 50;
const kFeedback = [
  { type: 'nack' },
  { type: 'nack', parameter: 'pli' },
  { type: 'ccm', parameter: 'fir' },
  { type: 'goog-remb' },
];
export const mediaCodecs = [
  { kind: 'audio', mimeType: 'audio/opus', clockRate: 48_000, channels: 2, preferredPayloadType: 100 },
  { kind: 'video', mimeType: 'video/VP8', clockRate: 90_000, preferredPayloadType: 101, rtcpFeedback: kFeedback },
];

const log = { lines: 0, last: [] };
function onLog(_namespace, text) {
  // The controller logs too, such as each refused request.
  log.lines += text.startsWith('[pid:') ? 1 : 0;
  log.last = [...log.last.slice(-4), text];
}
mediasoup.setLogEventListeners({ onwarn: onLog, onerror: onLog });

export class Room {
  #channel;
  #notifications = 0;
  #peakMemory = 0;
  #sampler;

  static async open({ bin = workerBin, receivers = 2, worker: settings = {} } = {}) {
    const worker = await mediasoup.createWorker({ workerBin: bin, logLevel: 'warn', ...settings });
    const router = await worker.createRouter({ mediaCodecs });
    const direct = await router.createDirectTransport();
    const room = new Room(worker, router, direct.channelForTesting);
    room.call = await Call.start(router, { receivers });
    return room;
  }

  constructor(worker, router, channel) {
    this.worker = worker;
    this.router = router;
    this.#channel = channel;
    // The channel emits each notification once: (object id, event, message).
    const emit = channel.emit.bind(channel);
    channel.emit = (name, ...values) => {
      this.#notifications += values.length === 2 ? 1 : 0;
      return emit(name, ...values);
    };
    this.#sampler = setInterval(() => this.#sample(), kSampleMs);
  }

  get pid() {
    return this.worker.pid;
  }

  get alive() {
    return isAlive(this.pid);
  }

  get lastLogs() {
    return log.last;
  }

  dump() {
    return workerDump(this.#channel);
  }

  /** Returns the milliseconds until the response to a dump. */
  async answerMs() {
    const asked = performance.now();
    await this.dump();
    return performance.now() - asked;
  }

  /** Returns the counters so far. Peak memory is that since the last call. */
  async figures() {
    this.#sample();
    const { ingress } = await this.dump();
    const figures = {
      at: performance.now(),
      cpu: cpuSeconds(this.pid),
      memory: residentBytes(this.pid),
      peakMemory: this.#peakMemory,
      descriptors: openDescriptors(this.pid),
      logLines: log.lines,
      notifications: this.#notifications,
      drops: ingress.drops,
    };
    this.#peakMemory = figures.memory;
    return figures;
  }

  async close() {
    clearInterval(this.#sampler);
    await this.call.stop();
    this.worker.close();
    if (!this.worker.subprocessClosed) {
      await new Promise(resolve => this.worker.once('subprocessclose', resolve));
    }
  }

  #sample() {
    try {
      this.#peakMemory = Math.max(this.#peakMemory, residentBytes(this.pid));
    } catch {
      // The process is gone. The next figures() fails.
    }
  }
}
