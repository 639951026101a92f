// Every request method of the schema, asked wrongly in every way: one response each, and the worker lives.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FbsTransport, FbsWorker, Method, methods, RequestBody } from './support/schema.mjs';
import { workerBins, WorkerProcess } from './support/WorkerProcess.mjs';

const kMethodCount = 68;
const errorClasses = ['TypeError', 'NotFoundError', 'Error'];
const mediaCodecs = [{ kind: 'audio', mimeType: 'audio/opus', clockRate: 48_000, channels: 2 }];

// The requests to the worker itself that need no body.
const withoutBody = [Method.WORKER_DUMP, Method.WORKER_GET_RESOURCE_USAGE];

function assertRefused(response, what) {
  assert.equal(response.accepted, false, `${what}: accepted`);
  assert.ok(errorClasses.includes(response.error), `${what}: error class ${response.error}`);
  assert.ok(response.reason?.length > 0, `${what}: no reason`);
}

/** A router, a transport of each kind that carries RTP, a producer and a consumer; what they are called. */
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

/** Closing requests would take the objects away from those that follow. */
function closesSomething(name) {
  return name.includes('CLOSE');
}

/** Asks all of them in one write. Gives the responses, after checking that there is exactly one for each, in order. */
async function askAll(worker, requests) {
  const before = worker.responses.length;
  const ids = requests.map(() => worker.takeId());
  const last = worker.responseTo(ids.at(-1));
  worker.write(Buffer.concat(requests.map((encode, index) => encode(ids[index]))));
  await last;
  // Anything in excess would be in front of the response to one more request.
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

test('the schema has the 68 methods that these tests mean', () => {
  assert.equal(methods.length, kMethodCount);
});

for (const { label, bin } of workerBins) {
  const start = () => WorkerProcess.start({ bin, args: ['--logLevel=none'] });

  describe(`${label}: each of the ${kMethodCount} methods`, () => {
    test('without handler id and body is refused with a reason, but for the two that need none', async () => {
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

    test('for an unknown handler is refused, and NotFoundError where a handler is looked up', async () => {
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
          // The worker takes no handler id; it may well overlook one.
          assert.ok(response.accepted || response.reason, name);
          return;
        }
        assertRefused(response, name);
        assert.equal(response.error, 'NotFoundError', `${name}: ${response.reason}`);
        assert.match(response.reason, /nobody/, name);
      });
      await assertClosesWell(worker);
    });

    test('with the body of another method is answered once, whomever it is for', async () => {
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

    test('for each existing object of another kind is answered once', async () => {
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
    test('a method number that the schema does not have is refused', async () => {
      const worker = await start();
      const unknown = Array.from({ length: 256 - kMethodCount }, (_, index) => kMethodCount + index);
      const responses = await askAll(
        worker,
        unknown.map(method => id => worker.encodeRequest(id, method)),
      );
      responses.forEach((response, index) => assertRefused(response, `method ${unknown[index]}`));
      await assertClosesWell(worker);
    });

    test('an id of an existing router is refused for a second one, and the first one lives on', async () => {
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

    test('an object is NotFoundError after it was closed, and so is what it owned', async () => {
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
