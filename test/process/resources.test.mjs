// What the worker uses, and whether it gives it back.
import assert from 'node:assert/strict';
import * as mediasoup from 'mediasoup';
import { test } from 'node:test';
import { cpuSeconds, openDescriptors, peakResidentBytes, residentBytes } from './support/procfs.mjs';
import { Event, FbsProducer, Method, NotificationBody } from './support/schema.mjs';
import { plainWorkerBin, WorkerProcess } from './support/WorkerProcess.mjs';

const kMiB = 1024 * 1024;
const mediaCodecs = [{ kind: 'audio', mimeType: 'audio/opus', clockRate: 48_000, channels: 2 }];
const listenInfo = { protocol: 'udp', ip: '127.0.0.1' };

/** A worker with the controller of the npm package, closed when the test is over. */
async function createWorker(context) {
  const worker = await mediasoup.createWorker({ workerBin: plainWorkerBin });
  context.after(async () => {
    worker.close();
    if (!worker.subprocessClosed) {
      await new Promise(resolve => worker.once('subprocessclose', resolve));
    }
  });
  return worker;
}

/** A router with two plain transports and a direct one, and all of it closed again. */
async function cycle(worker) {
  const router = await worker.createRouter({ mediaCodecs });
  await Promise.all([
    router.createPlainTransport({ listenInfo, rtcpMux: true }),
    router.createPlainTransport({ listenInfo, rtcpMux: false }),
    router.createDirectTransport(),
  ]);
  router.close();
  // close() only writes the request; the answer to this one comes after it was carried out.
  return worker.dump();
}

test('a thousand routers with transports, opened and closed, leave memory and descriptors where they were', async context => {
  const kWarmUp = 200;
  const kCycles = 1000;
  // Less than 1 KiB for each cycle: a leak of the smallest object there is would be more.
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

test('a transport that could not be made leaves no descriptor and no handler behind', async context => {
  const worker = await createWorker(context);
  const router = await worker.createRouter({ mediaCodecs });
  const taken = await router.createPlainTransport({ listenInfo });
  const before = openDescriptors(worker.pid);
  const wrong = [
    // The port of another transport; and the RTCP port of another transport, after the RTP socket was opened.
    { listenInfo: { ...listenInfo, port: taken.tuple.localPort } },
    { listenInfo, rtcpMux: false, rtcpListenInfo: { ...listenInfo, port: taken.tuple.localPort } },
    // TEST-NET-1 (RFC 5737) is nobody's address.
    { listenInfo: { protocol: 'udp', ip: '192.0.2.1' } },
  ];
  for (const options of wrong) {
    await assert.rejects(router.createPlainTransport(options), /port|address|bind/i, JSON.stringify(options));
  }
  assert.equal(openDescriptors(worker.pid), before, 'open descriptors');
  assert.deepEqual((await router.dump()).transportIds, [taken.id]);
});

test('a closed transport gives its port back at once', async context => {
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

test('a worker with nothing to do uses no CPU time', async context => {
  const worker = await createWorker(context);
  const router = await worker.createRouter({ mediaCodecs });
  await router.createPlainTransport({ listenInfo });
  const before = cpuSeconds(worker.pid);
  await new Promise(resolve => setTimeout(resolve, 1000));
  const used = cpuSeconds(worker.pid) - before;
  // A loop that spins would use all of the second.
  assert.ok(used < 0.1, `${used} s of CPU time in one second`);
});

test('a controller that does not read loses notifications, but no response, and costs a bounded amount of memory', async () => {
  const kNotifications = 100_000;
  const kPacketSize = 1000;
  // All of them together are 100 MB and more.
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
  // What is in the socket now, the worker takes up before it can know that the controller reads again.
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
