// A worker, spawned as the controller does it, whose channel the test controls: it may write any bytes and sees each message
// that the worker sends. The controller's own objects can use it instead of their Channel.
import { spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { afterEach } from 'node:test';
import { workerBin } from '../../support/binaries.mjs';
import * as schema from './schema.mjs';

export const mediasoupVersion = '3.27.1';

const running = new Set();

// A test that fails leaves its worker running.
afterEach(() => {
  for (const worker of running) {
    worker.kill('SIGKILL');
  }
});

// Far above any wait of a test. It keeps a broken worker from hanging the stage.
const kPatience = 20_000;

const kPrefixSize = 4;
// the worker's limit for a message, including its prefix
export const kMessageMaxSize = 8 * 1024 * 1024;

/** Waits for the promise. Fails after `milliseconds`, with the output of the worker in the error. */
async function withPatience(promise, what, worker, milliseconds = kPatience) {
  let timer;
  const timeout = new Promise((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no ${what} within ${milliseconds} ms; ${worker.describe()}`));
    }, milliseconds);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/** Returns the payload behind its length in host byte order (all supported hosts are little-endian). */
export function framed(payload) {
  const message = Buffer.alloc(kPrefixSize + payload.length);
  message.writeUInt32LE(payload.length);
  message.set(payload, kPrefixSize);
  return message;
}

export class WorkerProcess extends EventEmitter {
  #child;
  #received = Buffer.alloc(0);
  #nextId = 0;
  #waiting = new Map();

  /** @param {{bin?: string, args?: string[], env?: object}} options env: added to this process's; undefined removes a variable */
  constructor({ bin = workerBin, args = [], env = {} } = {}) {
    super();
    this.setMaxListeners(0);
    this.bufferBuilder = new schema.flatbuffers.Builder(1024);
    this.stdout = '';
    this.stderr = '';
    this.logs = [];
    /** All responses in the order of arrival: { id, accepted, error, reason }. */
    this.responses = [];
    this.notifications = 0;
    const environment = { ...process.env, MEDIASOUP_VERSION: mediasoupVersion, ...env };
    for (const name of Object.keys(environment).filter(key => environment[key] === undefined)) {
      delete environment[name];
    }
    this.#child = spawn(bin, args, { stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'], env: environment });
    this.#child.stdout.on('data', data => (this.stdout += data));
    this.#child.stderr.on('data', data => (this.stderr += data));
    for (const pipe of [this.input, this.output]) {
      // Ignores EPIPE and the like: tests check how the worker ended.
      pipe.on('error', () => {});
    }
    this.output.on('data', data => this.#onData(data));
    this.exit = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', (code, signal) => resolve({ code, signal }));
    });
    this.exit.catch(() => {});
    running.add(this);
    this.exit.finally(() => running.delete(this)).catch(() => {});
    this.exit.then(
      () => this.#abandon(new Error(`the worker ended; ${this.describe()}`)),
      error => this.#abandon(error),
    );
    this.running = new Promise((resolve, reject) => {
      this.once(String(this.pid), event => {
        if (event === schema.Event.WORKER_RUNNING) {
          resolve();
        }
      });
      this.once('abandon', reject);
    });
    this.running.catch(() => {});
  }

  /** Starts a worker and waits until it is ready. */
  static async start(options) {
    const worker = new WorkerProcess(options);
    await withPatience(worker.running, 'WORKER_RUNNING', worker);
    return worker;
  }

  get pid() {
    return this.#child.pid;
  }

  /** fd 3 of the worker: messages to it. */
  get input() {
    return this.#child.stdio[3];
  }

  /** fd 4 of the worker: messages from it. */
  get output() {
    return this.#child.stdio[4];
  }

  /** Describes the worker, for a failure message. */
  describe() {
    const { exitCode, signalCode } = this.#child;
    const state = exitCode ?? signalCode ?? 'running';
    return (
      `worker ${this.pid} (${state}), ${this.responses.length} responses, last logs ${JSON.stringify(this.logs.slice(-3))}, ` +
      `stderr ${JSON.stringify(this.stderr.slice(-4000))}`
    );
  }

  kill(signal) {
    this.#child.kill(signal);
  }

  /** Waits until the worker has ended. Returns { code, signal }. */
  ended(milliseconds = kPatience) {
    return withPatience(this.exit, 'end of the process', this, milliseconds);
  }

  write(bytes) {
    this.input.write(bytes);
  }

  /** Returns the bytes of a request, including the prefix. */
  encodeRequest(id, method, { handlerId = '', bodyType = schema.RequestBody.NONE, bodyOffset = 0 } = {}) {
    const builder = this.bufferBuilder;
    const handlerIdOffset = builder.createString(handlerId);
    const request = schema.Request.createRequest(builder, id, method, handlerIdOffset, bodyType, bodyOffset);
    return this.#finish(schema.MessageBody.Request, request);
  }

  /** Returns the bytes of a notification, including the prefix. */
  encodeNotification(event, { handlerId = '', bodyType = schema.NotificationBody.NONE, bodyOffset = 0 } = {}) {
    const builder = this.bufferBuilder;
    const handlerIdOffset = builder.createString(handlerId);
    const notification = schema.Notification.createNotification(builder, handlerIdOffset, event, bodyType, bodyOffset);
    return this.#finish(schema.MessageBody.Notification, notification);
  }

  takeId() {
    return ++this.#nextId;
  }

  /** Waits for the first response with this id. Call it before the request is written. */
  responseTo(id) {
    const promise = new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    promise.catch(() => {});
    return withPatience(promise, `response to request ${id}`, this);
  }

  /** Sends a request and returns its response, accepted or not. */
  async ask(method, options) {
    const id = this.takeId();
    const bytes = this.encodeRequest(id, method, options);
    const response = this.responseTo(id);
    this.write(bytes);
    return response;
  }

  /** Like the method of the controller's Channel, for the controller's own objects. */
  async request(method, bodyType, bodyOffset, handlerId) {
    const response = await this.ask(method, { handlerId, bodyType, bodyOffset });
    if (!response.accepted) {
      throw Object.assign(new Error(response.reason), { name: response.error });
    }
    return response.message;
  }

  /** Like the method of the controller's Channel. */
  notify(event, bodyType, bodyOffset, handlerId) {
    this.write(this.encodeNotification(event, { handlerId, bodyType, bodyOffset }));
  }

  /** Creates a router of the controller that uses this channel. */
  async createRouter(mediaCodecs = []) {
    const routerId = `router-${this.takeId()}`;
    const offset = new schema.FbsWorker.CreateRouterRequestT(routerId).pack(this.bufferBuilder);
    await this.request(schema.Method.WORKER_CREATE_ROUTER, schema.RequestBody.Worker_CreateRouterRequest, offset);
    return new schema.RouterImpl({
      internal: { routerId },
      data: { rtpCapabilities: schema.generateRouterRtpCapabilities(mediaCodecs) },
      channel: this,
      appData: {},
    });
  }

  /** Closes the worker as the controller does. Returns how it ended. */
  close() {
    this.notify(schema.Event.WORKER_CLOSE);
    return this.ended();
  }

  #finish(bodyType, offset) {
    const message = schema.Message.createMessage(this.bufferBuilder, bodyType, offset);
    this.bufferBuilder.finishSizePrefixed(message);
    const bytes = Buffer.from(this.bufferBuilder.asUint8Array());
    this.bufferBuilder.clear();
    return bytes;
  }

  #abandon(error) {
    for (const { reject } of this.#waiting.values()) {
      reject(error);
    }
    this.#waiting.clear();
    this.emit('abandon', error);
  }

  #onData(data) {
    this.#received = this.#received.length > 0 ? Buffer.concat([this.#received, data]) : data;
    let start = 0;
    while (this.#received.length - start >= kPrefixSize) {
      const end = start + kPrefixSize + this.#received.readUInt32LE(start);
      if (this.#received.length < end) {
        break;
      }
      this.#onMessage(new Uint8Array(this.#received.subarray(start + kPrefixSize, end)));
      start = end;
    }
    this.#received = this.#received.subarray(start);
  }

  #onMessage(payload) {
    const message = schema.Message.getRootAsMessage(new schema.flatbuffers.ByteBuffer(payload));
    switch (message.dataType()) {
      case schema.MessageBody.Response:
        this.#onResponse(message.data(new schema.Response()));
        break;
      case schema.MessageBody.Notification: {
        const notification = message.data(new schema.Notification());
        ++this.notifications;
        this.emit('notification', notification);
        this.emit(notification.handlerId(), notification.event(), notification);
        break;
      }
      case schema.MessageBody.Log:
        this.logs.push(message.data(new schema.Log()).data());
        this.emit('log', this.logs.at(-1));
        break;
      default:
        throw new Error(`the worker sent a message of type ${message.dataType()}`);
    }
  }

  #onResponse(message) {
    const response = {
      id: message.id(),
      accepted: message.accepted(),
      error: message.error(),
      reason: message.reason(),
      message,
    };
    this.responses.push(response);
    this.#waiting.get(response.id)?.resolve(response);
    this.#waiting.delete(response.id);
  }
}
