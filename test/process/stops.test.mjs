// A worker that was stopped for a while (SIGSTOP, a paused virtual machine) does not take its peers for silent.
import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import * as mediasoup from 'mediasoup';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { workerBin } from '../support/binaries.mjs';
import { bindingRequest } from './support/stun.mjs';

const mediaCodecs = [{ kind: 'audio', mimeType: 'audio/opus', clockRate: 48_000, channels: 2 }];
const kConsentTimeout = 2; // seconds
const kStop = 2 * kConsentTimeout * 1000;

/** Connects a peer to a new transport, and records the states that the transport reports. */
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

test('StopsTest: keeps the consent of its peers when it was stopped for longer than their timeout', async context => {
  const worker = await mediasoup.createWorker({ workerBin: workerBin });
  context.after(() => worker.close());
  const router = await worker.createRouter({ mediaCodecs });
  // The requests of one peer wait in the socket during the stop; the other peer sends its next request after it.
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

  // A peer that is silent while the worker runs loses consent.
  await sleep(kConsentTimeout * 1000 + 500);
  assert.deepEqual(sending.states, ['completed']);
  assert.deepEqual(late.states, ['completed', 'disconnected']);
});
