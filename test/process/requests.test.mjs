// Every request method of the schema with wrong ids and bodies: one response each, and the worker survives.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { workerBins } from '../support/binaries.mjs';
import { FbsTransport, FbsWorker, Method, methods, RequestBody } from './support/schema.mjs';
import { WorkerProcess } from './support/WorkerProcess.mjs';

const kMethodCount = 68;
const errorClasses = ['TypeError', 'NotFoundError', 'Error'];
const mediaCodecs = [{ kind: 'audio', mimeType: 'audio/opus', clockRate: 48_000, channels: 2 }];

// Requests to the worker that need no body.
const withoutBody = [Method.WORKER_DUMP, Method.WORKER_GET_RESOURCE_USAGE];

function assertRefused(response, what) {
  assert.equal(response.accepted, false, `${what}: accepted`);
  assert.ok(errorClasses.includes(response.error), `${what}: error class ${response.error}`);
  assert.ok(response.reason?.length > 0, `${what}: no reason`);
}

/** Creates a router, a transport of each kind with RTP, a producer and a consumer. Returns their ids. */
async function createObjects(worker) {
  const router = await worker.createRouter(mediaCodecs);
  const plain = await router.createPlainTransport({ listenInfo: { protocol: 'udp', ip: '127.0.0.1' } });
  const direct = await router.createDirectTransport();
  const producer = await plain.produce({
    kind: 'audio',
    rtpParameters: {
      codecs: [{ mimeType: 'audio/opus', payloadType: 100, clockRate: 48_000, channels: 2 }],
      encodings: [{ ssrc: 1111 }],
    },
  });
  const consumer = await direct.consume({ producerId: producer.id, rtpCapabilities: router.rtpCapabilities });
  return { router: router.id, plain: plain.id, direct: direct.id, producer: producer.id, consumer: consumer.id };
}

/** Returns true for a request that closes an object, which later requests need. */
function closesSomething(name) {
  return name.includes('CLOSE');
}

/** Writes all requests at once. Returns the responses, after checking that there is exactly one for each, in order. */
async function askAll(worker, requests) {
  const before = worker.responses.length;
  const ids = requests.map(() => worker.takeId());
  const last = worker.responseTo(ids.at(-1));
  worker.write(Buffer.concat(requests.map((encode, index) => encode(ids[index]))));
  await last;
  // An additional response would arrive before the response to one more request.
  await worker.ask(Method.WORKER_DUMP);
  const responses = worker.responses.slice(before, -1);
  assert.deepEqual(
    responses.map(({ id }) => id),
    ids,
    'one response for each request, in order',
  );
  return responses;
}

async function assertClosesWell(worker) {
  assert.deepEqual(await worker.close(), { code: 0, signal: null });
  assert.equal(worker.stdout, '', 'stdout');
  assert.equal(worker.stderr, '', 'stderr');
}

test('RequestsTest: knows the 68 methods of the schema', () => {
  assert.equal(methods.length, kMethodCount);
});

for (const { label, bin } of workerBins) {
  const start = () => WorkerProcess.start({ bin, args: ['--logLevel=none'] });

  describe(`${label}: each of the ${kMethodCount} methods`, () => {
    test('RequestsTest: rejects a request without handler id and body, but for the two that need none', async () => {
      const worker = await start();
      const responses = await askAll(
        worker,
        methods.map(
          ({ value }) =>
            id =>
              worker.encodeRequest(id, value),
        ),
      );
      responses.forEach((response, index) => {
        const { name, value } = methods[index];
        if (withoutBody.includes(value)) {
          assert.equal(response.accepted, true, name);
        } else {
          assertRefused(response, name);
        }
      });
      await assertClosesWell(worker);
    });

    test('RequestsTest: rejects an unknown handler, with NotFoundError where one is looked up', async () => {
      const worker = await start();
      const responses = await askAll(
        worker,
        methods.map(
          ({ value }) =>
            id =>
              worker.encodeRequest(id, value, { handlerId: 'nobody' }),
        ),
      );
      responses.forEach((response, index) => {
        const { name } = methods[index];
        if (name.startsWith('WORKER_')) {
          // Requests to the worker have no handler id; it may ignore one.
          assert.ok(response.accepted || response.reason, name);
          return;
        }
        assertRefused(response, name);
        assert.equal(response.error, 'NotFoundError', `${name}: ${response.reason}`);
        assert.match(response.reason, /nobody/, name);
      });
      await assertClosesWell(worker);
    });

    test('RequestsTest: answers a request with the body of another method once', async () => {
      const worker = await start();
      const objects = await createObjects(worker);
      const wrongBodies = [
        {
          bodyType: RequestBody.Worker_CreateRouterRequest,
          pack: id => new FbsWorker.CreateRouterRequestT(`wrong-body-${id}`).pack(worker.bufferBuilder),
        },
        {
          bodyType: RequestBody.Transport_SetMaxIncomingBitrateRequest,
          pack: () =>
            FbsTransport.SetMaxIncomingBitrateRequest.createSetMaxIncomingBitrateRequest(worker.bufferBuilder, 1n),
        },
      ];
      for (const handlerId of ['', 'nobody', ...Object.values(objects)]) {
        for (const { bodyType, pack } of wrongBodies) {
          const asked = methods.filter(({ name }) => !closesSomething(name));
          const responses = await askAll(
            worker,
            asked.map(
              ({ value }) =>
                id =>
                  worker.encodeRequest(id, value, { handlerId, bodyType, bodyOffset: pack(id) }),
            ),
          );
          responses.forEach((response, index) => {
            if (!response.accepted) {
              assertRefused(response, `${asked[index].name} with ${RequestBody[bodyType]}`);
            }
          });
        }
      }
      await assertClosesWell(worker);
    });

    test('RequestsTest: answers a request for an object of another kind once', async () => {
      const worker = await start();
      const objects = await createObjects(worker);
      for (const [kind, handlerId] of Object.entries(objects)) {
        const asked = methods.filter(({ name }) => !closesSomething(name));
        const responses = await askAll(
          worker,
          asked.map(
            ({ value }) =>
              id =>
                worker.encodeRequest(id, value, { handlerId }),
          ),
        );
        responses.forEach((response, index) => {
          const { name } = asked[index];
          if (!response.accepted) {
            assertRefused(response, `${name} for a ${kind}`);
          }
        });
      }
      await assertClosesWell(worker);
    });
  });

  describe(`${label}: requests beyond the schema`, () => {
    test('RequestsTest: rejects a method number beyond the schema', async () => {
      const worker = await start();
      const unknown = Array.from({ length: 256 - kMethodCount }, (_, index) => kMethodCount + index);
      const responses = await askAll(
        worker,
        unknown.map(method => id => worker.encodeRequest(id, method)),
      );
      responses.forEach((response, index) => assertRefused(response, `method ${unknown[index]}`));
      await assertClosesWell(worker);
    });

    test('RequestsTest: rejects the id of an existing router and keeps that router', async () => {
      const worker = await start();
      const router = await worker.createRouter();
      const again = await worker.ask(Method.WORKER_CREATE_ROUTER, {
        bodyType: RequestBody.Worker_CreateRouterRequest,
        bodyOffset: new FbsWorker.CreateRouterRequestT(router.id).pack(worker.bufferBuilder),
      });
      assertRefused(again, 'the second router');
      assert.match(again.reason, new RegExp(router.id));
      assert.equal((await worker.ask(Method.ROUTER_DUMP, { handlerId: router.id })).accepted, true);
      await assertClosesWell(worker);
    });

    test('RequestsTest: reports NotFoundError for a closed object and for those that it owned', async () => {
      const worker = await start();
      const objects = await createObjects(worker);
      const closed = await worker.ask(Method.WORKER_CLOSE_ROUTER, {
        bodyType: RequestBody.Worker_CloseRouterRequest,
        bodyOffset: new FbsWorker.CloseRouterRequestT(objects.router).pack(worker.bufferBuilder),
      });
      assert.equal(closed.accepted, true, closed.reason);
      const dumps = [
        [Method.ROUTER_DUMP, objects.router],
        [Method.TRANSPORT_DUMP, objects.plain],
        [Method.TRANSPORT_DUMP, objects.direct],
        [Method.PRODUCER_DUMP, objects.producer],
        [Method.CONSUMER_DUMP, objects.consumer],
      ];
      for (const [method, handlerId] of dumps) {
        const response = await worker.ask(method, { handlerId });
        assert.equal(response.error, 'NotFoundError', `${Method[method]}: ${response.reason}`);
      }
      await assertClosesWell(worker);
    });
  });
}
