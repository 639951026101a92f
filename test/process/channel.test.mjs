// The channel with any bytes: split, joined, garbled, too long, truncated.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  Event,
  FbsWorker,
  flatbuffers,
  Log,
  Message,
  MessageBody,
  Method,
  RequestBody,
  Response,
} from './support/schema.mjs';
import { workerBins } from '../support/binaries.mjs';
import { framed, kMessageMaxSize, WorkerProcess } from './support/WorkerProcess.mjs';

const kClosed = { code: 0, signal: null };
const kPrefixSize = 4;

/** xorshift32: the same bytes in every run. */
function makeRandom(seed) {
  let state = seed;
  return below => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** Asserts that the worker answers, has answered each request once and in order, and closes normally. */
async function assertHealthy(worker, { expectedIds } = {}) {
  const id = worker.takeId();
  const response = worker.responseTo(id);
  worker.write(worker.encodeRequest(id, Method.WORKER_DUMP));
  assert.equal((await response).accepted, true);
  if (expectedIds) {
    assert.deepEqual(
      worker.responses.map(({ id: answered }) => answered),
      [...expectedIds, id],
      'ids of the responses',
    );
  }
  assert.deepEqual(await worker.close(), kClosed);
  assert.equal(worker.stdout, '', 'stdout');
  assert.equal(worker.stderr, '', 'stderr');
}

/** Asserts that the worker ends without a signal or a sanitizer's report. */
async function assertEnds(worker) {
  const { code, signal } = await worker.ended();
  assert.equal(signal, null, worker.describe());
  assert.equal(worker.stderr, '', 'stderr');
  return code;
}

function errorLogs(worker) {
  return worker.logs.filter(log => log.startsWith('E'));
}

function createRouterRequest(worker, id, routerId) {
  const bodyOffset = new FbsWorker.CreateRouterRequestT(routerId).pack(worker.bufferBuilder);
  return worker.encodeRequest(id, Method.WORKER_CREATE_ROUTER, {
    bodyType: RequestBody.Worker_CreateRouterRequest,
    bodyOffset,
  });
}

/** Returns true for bytes that parse as a notification: one of these closes the worker, which is correct. */
function looksLikeNotification(payload) {
  try {
    const message = Message.getRootAsMessage(new flatbuffers.ByteBuffer(new Uint8Array(payload)));
    return message.dataType() === MessageBody.Notification;
  } catch {
    return false;
  }
}

for (const { label, bin } of workerBins) {
  const start = () => WorkerProcess.start({ bin, args: ['--logLevel=error'] });

  describe(`${label}: messages in pieces`, () => {
    test('ChannelTest: reads two messages split at any byte', async () => {
      const worker = await start();
      const size = Buffer.concat([
        createRouterRequest(worker, 1, 'x'.repeat(8)),
        worker.encodeRequest(2, Method.WORKER_DUMP),
      ]).length;
      const expectedIds = [];
      for (let at = 0; at <= size; ++at) {
        const ids = [worker.takeId(), worker.takeId()];
        expectedIds.push(...ids);
        const bytes = Buffer.concat([
          createRouterRequest(worker, ids[0], `r${String(at).padStart(7, '0')}`),
          worker.encodeRequest(ids[1], Method.WORKER_DUMP),
        ]);
        const responses = Promise.all(ids.map(id => worker.responseTo(id)));
        worker.write(bytes.subarray(0, at));
        // The pieces must not join in the socket: the second is written after the worker has read the first.
        await new Promise(resolve => setImmediate(resolve));
        worker.write(bytes.subarray(at));
        for (const response of await responses) {
          assert.equal(response.accepted, true, `split at byte ${at}: ${response.reason}`);
        }
      }
      await assertHealthy(worker, { expectedIds });
    });

    test('ChannelTest: reads a message that arrives byte by byte', async () => {
      const worker = await start();
      const id = worker.takeId();
      const response = worker.responseTo(id);
      for (const byte of createRouterRequest(worker, id, 'router')) {
        worker.write(Buffer.of(byte));
        await new Promise(resolve => setImmediate(resolve));
      }
      assert.equal((await response).accepted, true);
      await assertHealthy(worker, { expectedIds: [id] });
    });

    test('ChannelTest: answers ten thousand requests of one write in order', async () => {
      const worker = await start();
      const expectedIds = Array.from({ length: 10_000 }, () => worker.takeId());
      worker.write(Buffer.concat(expectedIds.map(id => worker.encodeRequest(id, Method.WORKER_DUMP))));
      await assertHealthy(worker, { expectedIds });
    });

    test('ChannelTest: answers requests in pieces of random size in order', async () => {
      const worker = await start();
      const random = makeRandom(20_250_131);
      const expectedIds = Array.from({ length: 2000 }, () => worker.takeId());
      const bytes = Buffer.concat(expectedIds.map(id => createRouterRequest(worker, id, `router-${id}`)));
      for (let at = 0; at < bytes.length; ) {
        const end = at + 1 + random(3000);
        worker.write(bytes.subarray(at, end));
        await new Promise(resolve => setImmediate(resolve));
        at = end;
      }
      await assertHealthy(worker, { expectedIds });
      assert.deepEqual(
        worker.responses.filter(({ accepted }) => !accepted),
        [],
      );
    });
  });

  describe(`${label}: garbage`, () => {
    const cases = [
      { name: 'an empty payload', payload: Buffer.alloc(0) },
      { name: 'one byte', payload: Buffer.from([1]) },
      { name: 'zeros', payload: Buffer.alloc(64) },
      { name: 'ones', payload: Buffer.alloc(64, 0xff) },
      { name: 'text', payload: Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n') },
      { name: 'an offset that points outside', payload: Buffer.from([0xf0, 0xff, 0xff, 0x7f, 0, 0, 0, 0]) },
      { name: 'the longest payload there may be', payload: Buffer.alloc(kMessageMaxSize - kPrefixSize, 0xa5) },
    ];
    for (const { name, payload } of cases) {
      test(`ChannelTest: logs and drops ${name}, and answers the next request`, async () => {
        const worker = await start();
        worker.write(framed(payload));
        const expectedIds = [worker.takeId()];
        const response = worker.responseTo(expectedIds[0]);
        worker.write(worker.encodeRequest(expectedIds[0], Method.WORKER_DUMP));
        assert.equal((await response).accepted, true);
        assert.equal(errorLogs(worker).length, 1, `error logs: ${JSON.stringify(worker.logs)}`);
        await assertHealthy(worker, { expectedIds });
      });
    }

    test('ChannelTest: drops random payloads of every small size and answers the requests between them', async () => {
      const worker = await start();
      const random = makeRandom(4711);
      const expectedIds = [];
      for (let size = 0; size < 600; ++size) {
        const payload = Buffer.from(Array.from({ length: size }, () => random(256)));
        expectedIds.push(worker.takeId());
        worker.write(Buffer.concat([framed(payload), worker.encodeRequest(expectedIds.at(-1), Method.WORKER_DUMP)]));
      }
      await assertHealthy(worker, { expectedIds });
    });

    test('ChannelTest: survives requests truncated at any byte', async () => {
      const worker = await start();
      const whole = createRouterRequest(worker, 4_000_000, 'cut-short').subarray(kPrefixSize);
      for (let size = 0; size < whole.length; ++size) {
        worker.write(framed(whole.subarray(0, size)));
      }
      await assertHealthy(worker);
    });

    test('ChannelTest: survives requests with changed bytes and answers each at most once', async () => {
      const worker = await start();
      const random = makeRandom(99);
      let sent = 0;
      for (let round = 0; round < 5000; ++round) {
        const payload = createRouterRequest(worker, 1_000_000 + round, `garbled-${round}`).subarray(kPrefixSize);
        for (let changes = 1 + random(3); changes > 0; --changes) {
          payload[random(payload.length)] = random(256);
        }
        if (!looksLikeNotification(payload)) {
          worker.write(framed(payload));
          ++sent;
        }
      }
      await assertHealthy(worker);
      // The last response is that of assertHealthy().
      assert.ok(worker.responses.length - 1 <= sent, `${worker.responses.length - 1} responses to ${sent} messages`);
      assert.ok(errorLogs(worker).length > 0, 'none of them was found garbled');
    });

    test('ChannelTest: logs and drops messages that only the worker may send', async () => {
      const worker = await start();
      const builder = worker.bufferBuilder;
      const text = () => builder.createString('X text');
      const bodies = [
        [MessageBody.Response, () => Response.createResponse(builder, 1, true, 0, 0, 0, 0)],
        [MessageBody.Log, () => Log.createLog(builder, text())],
      ];
      for (const [type, create] of bodies) {
        builder.finishSizePrefixed(Message.createMessage(builder, type, create()));
        worker.write(Buffer.from(builder.asUint8Array()));
        builder.clear();
      }
      await assertHealthy(worker, { expectedIds: [] });
      assert.equal(errorLogs(worker).length, bodies.length, `error logs: ${JSON.stringify(worker.logs)}`);
    });

    test('ChannelTest: drops notifications with an unknown handler or a wrong body', async () => {
      const worker = await start();
      const events = [
        Event.TRANSPORT_SEND_RTCP,
        Event.PRODUCER_SEND,
        Event.DATAPRODUCER_SEND,
        Event.WORKER_RUNNING,
        200,
      ];
      for (const event of events) {
        for (const handlerId of ['', 'nobody']) {
          worker.notify(event, undefined, undefined, handlerId);
        }
      }
      await assertHealthy(worker, { expectedIds: [] });
    });
  });

  describe(`${label}: a broken stream`, () => {
    for (const { name, length } of [
      { name: 'one byte over the limit', length: kMessageMaxSize - kPrefixSize + 1 },
      { name: 'the largest there is', length: 0xffffffff },
      { name: 'negative, read as a signed number', length: 0x80000000 },
    ]) {
      test(`ChannelTest: answers earlier requests and closes at a length of ${name}`, async () => {
        const worker = await start();
        const id = worker.takeId();
        const response = worker.responseTo(id);
        const prefix = Buffer.alloc(kPrefixSize);
        prefix.writeUInt32LE(length);
        worker.write(Buffer.concat([worker.encodeRequest(id, Method.WORKER_DUMP), prefix, Buffer.alloc(100)]));
        assert.equal((await response).accepted, true);
        await assertEnds(worker);
        assert.equal(worker.responses.length, 1, 'responses');
      });
    }

    test('ChannelTest: closes when the stream ends within a message', async () => {
      for (const kept of [1, kPrefixSize - 1, kPrefixSize, kPrefixSize + 1, 40]) {
        const worker = await start();
        worker.write(createRouterRequest(worker, 1, 'never-whole').subarray(0, kept));
        worker.input.end();
        assert.equal(await assertEnds(worker), 0, `cut after ${kept} bytes: exit code`);
        assert.deepEqual(worker.responses, []);
      }
    });

    test('ChannelTest: closes when the stream ends within a long message', async () => {
      const worker = await start();
      worker.write(framed(Buffer.alloc(4_000_000, 7)).subarray(0, 3_000_000));
      worker.input.end();
      assert.equal(await assertEnds(worker), 0, 'exit code');
    });
  });
}
