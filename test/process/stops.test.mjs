// A worker that does not run for a while (SIGSTOP, a paused virtual machine) takes no peer for silent because of it.
import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import * as mediasoup from 'mediasoup';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { bindingRequest } from './support/stun.mjs';
import { plainWorkerBin } from './support/WorkerProcess.mjs';

const mediaCodecs = [{ kind: 'audio', mimeType: 'audio/opus', clockRate: 48_000, channels: 2 }];
const kConsentTimeout = 2; // seconds
const kStop = 2 * kConsentTimeout * 1000;

/** A peer of a new transport, and the states that its transport reports. */
async function createPeer(context, router) {
  const transport = await router.createWebRtcTransport({
    listenInfos: [{ protocol: 'udp', ip: '127.0.0.1' }],
    iceConsentTimeout: kConsentTimeout,
  });
  const socket = dgram.createSocket('udp4');
  context.after(() => socket.close());
  const states = [];
  transport.on('icestatechange', state => states.push(state));
  const { port } = transport.iceCandidates[0];
  const check = () => socket.send(bindingRequest(transport.iceParameters), port, '127.0.0.1');
  const connected = new Promise(resolve => transport.once('icestatechange', resolve));
  check();
  assert.equal(await connected, 'completed');
  return { check, states };
}

test('a worker keeps the consent of its peers when it was stopped for longer than their timeout', async context => {
  const worker = await mediasoup.createWorker({ workerBin: plainWorkerBin });
  context.after(() => worker.close());
  const router = await worker.createRouter({ mediaCodecs });
  // The requests of one wait in its socket during the stop; the other sends its next request after it.
  const sending = await createPeer(context, router);
  const late = await createPeer(context, router);

  process.kill(worker.pid, 'SIGSTOP');
  const requests = setInterval(sending.check, 200);
  context.after(() => clearInterval(requests));
  await sleep(kStop);
  process.kill(worker.pid, 'SIGCONT');
  await worker.dump();
  late.check();
  await sleep(500);
  assert.deepEqual(sending.states, ['completed']);
  assert.deepEqual(late.states, ['completed']);

  // Silence while the worker runs is silence.
  await sleep(kConsentTimeout * 1000 + 500);
  assert.deepEqual(sending.states, ['completed']);
  assert.deepEqual(late.states, ['completed', 'disconnected']);
});
