// Memory, descriptors and CPU time of the worker, and that it releases them.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import dgram from 'node:dgram';
import { once } from 'node:events';
import * as mediasoup from 'mediasoup';
import { test } from 'node:test';
import {
  cpuSeconds,
  descriptorNumbers,
  openDescriptors,
  peakResidentBytes,
  residentBytes,
  visibleDescriptors,
} from './support/procfs.mjs';
import { workerBin } from '../support/binaries.mjs';
import { Event, FbsProducer, Method, NotificationBody } from './support/schema.mjs';
import { WorkerProcess } from './support/WorkerProcess.mjs';

// The controller passes its environment to the worker.
Object.assign(process.env, visibleDescriptors);

const kMiB = 1024 * 1024;
// Far above any wait of a test. It keeps a broken worker from hanging the stage.
const kPatience = 20_000;
const mediaCodecs = [{ kind: 'audio', mimeType: 'audio/opus', clockRate: 48_000, channels: 2 }];
const listenInfo = { protocol: 'udp', ip: '127.0.0.1' };

/** Starts a worker by the npm package. It closes with the test. */
async function createWorker(context) {
  const worker = await mediasoup.createWorker({ workerBin: workerBin });
  context.after(async () => {
    worker.close();
    if (!worker.subprocessClosed) {
      await new Promise(resolve => worker.once('subprocessclose', resolve));
    }
  });
  return worker;
}

/** Opens and closes a router with two plain transports and a direct one. */
async function cycle(worker) {
  const router = await worker.createRouter({ mediaCodecs });
  await Promise.all([
    router.createPlainTransport({ listenInfo, rtcpMux: true }),
    router.createPlainTransport({ listenInfo, rtcpMux: false }),
    router.createDirectTransport(),
  ]);
  router.close();
  // close() only writes its request. The response to this one arrives after the worker has handled both.
  return worker.dump();
}

test('ResourcesTest: releases memory and descriptors of a thousand routers with transports', async context => {
  const kWarmUp = 200;
  const kCycles = 1000;
  // Less than 1 KiB per cycle: a leak of the smallest object would be larger.
  const kGrowth = kMiB;
  const worker = await createWorker(context);
  for (let i = 0; i < kWarmUp; ++i) {
    await cycle(worker);
  }
  const before = { descriptors: openDescriptors(worker.pid), bytes: residentBytes(worker.pid) };
  let dump;
  for (let i = 0; i < kCycles; ++i) {
    dump = await cycle(worker);
  }
  const after = { descriptors: openDescriptors(worker.pid), bytes: residentBytes(worker.pid) };
  assert.equal(after.descriptors, before.descriptors, 'open descriptors');
  assert.ok(
    after.bytes - before.bytes < kGrowth,
    `resident memory grew from ${before.bytes} to ${after.bytes} bytes in ${kCycles} cycles`,
  );
  assert.deepEqual(dump.routerIds, []);
  assert.deepEqual(dump.channelMessageHandlers, { channelRequestHandlers: [], channelNotificationHandlers: [] });
});

test('ResourcesTest: leaves no descriptor or handler when a transport cannot be created', async context => {
  const worker = await createWorker(context);
  const router = await worker.createRouter({ mediaCodecs });
  const taken = await router.createPlainTransport({ listenInfo });
  const before = openDescriptors(worker.pid);
  const wrong = [
    // The port of another transport, then an RTCP port of another transport, when the RTP socket is open already.
    { listenInfo: { ...listenInfo, port: taken.tuple.localPort } },
    { listenInfo, rtcpMux: false, rtcpListenInfo: { ...listenInfo, port: taken.tuple.localPort } },
    // TEST-NET-1 (RFC 5737) is no local address.
    { listenInfo: { protocol: 'udp', ip: '192.0.2.1' } },
  ];
  for (const options of wrong) {
    await assert.rejects(router.createPlainTransport(options), /port|address|bind/i, JSON.stringify(options));
  }
  assert.equal(openDescriptors(worker.pid), before, 'open descriptors');
  assert.deepEqual((await router.dump()).transportIds, [taken.id]);
});

test('ResourcesTest: releases the port of a closed transport at once', async context => {
  const worker = await createWorker(context);
  const router = await worker.createRouter({ mediaCodecs });
  let transport = await router.createPlainTransport({ listenInfo });
  const { localPort: port } = transport.tuple;
  for (let i = 0; i < 20; ++i) {
    transport.close();
    transport = await router.createPlainTransport({ listenInfo: { ...listenInfo, port } });
    assert.equal(transport.tuple.localPort, port);
  }
});

test('ResourcesTest: rejects transports and keeps forwarding when descriptors run out', async context => {
  const kSpare = 12;
  const worker = await createWorker(context);
  const router = await worker.createRouter({ mediaCodecs });
  const source = await router.createDirectTransport();
  const sink = await router.createPlainTransport({ listenInfo, rtcpMux: true });
  const receiver = dgram.createSocket('udp4');
  context.after(() => receiver.close());
  await new Promise(resolve => receiver.bind(0, '127.0.0.1', resolve));
  await sink.connect({ ip: '127.0.0.1', port: receiver.address().port });
  const producer = await source.produce({
    kind: 'audio',
    rtpParameters: {
      codecs: [{ mimeType: 'audio/opus', payloadType: 100, clockRate: 48_000, channels: 2 }],
      encodings: [{ ssrc: 1111 }],
    },
  });
  await sink.consume({ producerId: producer.id, rtpCapabilities: router.rtpCapabilities });
  let sequenceNumber = 0;
  /** Sends a packet through the worker. */
  async function forward() {
    const packet = Buffer.alloc(100);
    packet.set([0x80, 100]);
    packet.writeUInt16BE(++sequenceNumber, 2);
    packet.writeUInt32BE(1111, 8);
    const arrived = once(receiver, 'message', { signal: AbortSignal.timeout(kPatience) });
    producer.send(packet);
    await arrived;
  }
  await forward();

  const before = descriptorNumbers(worker.pid);
  const limit = Math.max(...before) + 1 + kSpare;
  const free = limit - before.length;
  execFileSync('prlimit', ['--pid', String(worker.pid), `--nofile=${limit}:${limit}`]);
  const made = [];
  const kinds = [
    () => router.createPlainTransport({ listenInfo, rtcpMux: false }),
    () => router.createWebRtcTransport({ listenInfos: [listenInfo, { ...listenInfo, protocol: 'tcp' }] }),
    () => router.createPlainTransport({ listenInfo, rtcpMux: true }),
  ];
  for (const create of kinds) {
    let failure = null;
    for (let i = 0; i <= free && failure === null; ++i) {
      await create().then(
        transport => made.push(transport),
        error => {
          failure = error;
        },
      );
    }
    assert.match(failure?.message ?? 'no error', /^cannot bind (UDP|TCP) 127\.0\.0\.1.*: Too many open files/);
    await forward();
  }
  assert.ok(made.length > 0 && made.length < free, `${made.length} transports with ${free} descriptors`);
  assert.equal(openDescriptors(worker.pid), limit, 'open descriptors');
  made.pop().close();
  await forward();
  // The closed transport had one or two descriptors.
  made.push(await router.createPlainTransport({ listenInfo, rtcpMux: true }));
  assert.ok(openDescriptors(worker.pid) >= limit - 1, 'open descriptors');
  for (const transport of made) {
    transport.close();
  }
  await worker.dump();
  assert.equal(openDescriptors(worker.pid), before.length, 'open descriptors');
  await forward();
});

test('ResourcesTest: reports that it cannot start without descriptors', () => {
  const { status, stderr } = spawnSync(
    'prlimit',
    // The standard streams and the controller's two pipes take the numbers 0 to 4.
    ['--nofile=6:6', workerBin],
    {
      env: { ...process.env, MEDIASOUP_VERSION: '3.27.1' },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
      encoding: 'utf8',
    },
  );
  assert.match(stderr, /ringcast-worker: cannot create an event loop: too many open files/);
  assert.equal(status, 40);
});

test('ResourcesTest: uses no CPU time when idle', async context => {
  const worker = await createWorker(context);
  const router = await worker.createRouter({ mediaCodecs });
  await router.createPlainTransport({ listenInfo });
  const before = cpuSeconds(worker.pid);
  await new Promise(resolve => setTimeout(resolve, 1000));
  const used = cpuSeconds(worker.pid) - before;
  // A busy loop would use the whole second.
  assert.ok(used < 0.1, `${used} s of CPU time in one second`);
});

test('ResourcesTest: bounds its memory and drops notifications but no response when the controller does not read', async () => {
  const kNotifications = 100_000;
  const kPacketSize = 1000;
  // Together they exceed 100 MB.
  const kMemory = 64 * kMiB;
  const worker = await WorkerProcess.start();
  const router = await worker.createRouter(mediaCodecs);
  const source = await router.createDirectTransport();
  const sink = await router.createDirectTransport();
  const producer = await source.produce({
    kind: 'audio',
    rtpParameters: {
      codecs: [{ mimeType: 'audio/opus', payloadType: 100, clockRate: 48_000, channels: 2 }],
      encodings: [{ ssrc: 1111 }],
    },
  });
  const consumer = await sink.consume({ producerId: producer.id, rtpCapabilities: router.rtpCapabilities });
  let received = 0;
  let lastTimestamp = null;
  let outOfOrder = 0;
  consumer.on('rtp', packet => {
    const timestamp = packet.readUInt32BE(4);
    // The difference as a signed number of 32 bits: timestamps wrap.
    if (lastTimestamp !== null && ((timestamp - lastTimestamp) | 0) <= 0) {
      ++outOfOrder;
    }
    lastTimestamp = timestamp;
    ++received;
  });
  const before = peakResidentBytes(worker.pid);

  worker.output.pause();
  const packet = Buffer.alloc(kPacketSize);
  packet.set([0x80, 100]);
  packet.writeUInt32BE(1111, 8);
  for (let i = 0; i < kNotifications; ++i) {
    packet.writeUInt16BE(i & 0xffff, 2);
    packet.writeUInt32BE(i * 960, 4);
    const builder = worker.bufferBuilder;
    const data = FbsProducer.SendNotification.createDataVector(builder, packet);
    const body = FbsProducer.SendNotification.createSendNotification(builder, data);
    const message = worker.encodeNotification(Event.PRODUCER_SEND, {
      handlerId: producer.id,
      bodyType: NotificationBody.Producer_SendNotification,
      bodyOffset: body,
    });
    if (!worker.input.write(message)) {
      await new Promise(resolve => worker.input.once('drain', resolve));
    }
  }
  const ids = Array.from({ length: 100 }, () => worker.takeId());
  const lastResponse = worker.responseTo(ids.at(-1));
  await new Promise(resolve => {
    worker.input.write(Buffer.concat(ids.map(id => worker.encodeRequest(id, Method.WORKER_DUMP))), resolve);
  });
  // The worker reads the requests that are in the socket before it notices that the controller reads again.
  await new Promise(resolve => setTimeout(resolve, 300));
  const responsesBefore = worker.responses.length;
  worker.output.resume();
  await lastResponse;

  assert.deepEqual(
    worker.responses.slice(responsesBefore).map(({ id }) => id),
    ids,
    'every request was answered',
  );
  assert.ok(received > 0, 'no notification came');
  assert.ok(received < kNotifications, `${received} of ${kNotifications} notifications came: the queue has no limit`);
  assert.equal(outOfOrder, 0, 'notifications out of order');
  const peak = peakResidentBytes(worker.pid) - before;
  assert.ok(peak < kMemory, `the worker grew by ${peak} bytes`);
  assert.deepEqual(await worker.close(), { code: 0, signal: null });
});
