// Attacks through the controller and on the process: request storms, a slow controller, signals, descriptor exhaustion.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { workerBin } from '../support/binaries.mjs';
import { payloadTypes } from './support/Attacker.mjs';
import { cpuSeconds } from '../process/support/procfs.mjs';
import { attack, record } from './support/attacks.mjs';
import { makeCertificate } from './support/certificate.mjs';
import { tcpSocket } from './support/IcePeer.mjs';
import { isLong, kPoolMemory, scaled } from './support/limits.mjs';
import { sleep } from './support/pace.mjs';
import { Room } from './support/Room.mjs';
import { rtpPacket } from './support/rtp.mjs';
import { kHome } from './support/udp.mjs';

const kSsrc = 0xa77a0001;
const certificate = makeCertificate();
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'attack-'));
after(() => fs.rmSync(folder, { recursive: true }));

/** Writes a wrapper that starts the worker after these shell commands, and returns its path. */
function limitedWorker(limits) {
  const file = path.join(folder, 'worker');
  fs.writeFileSync(file, `#!/bin/sh\n${limits}\nexec '${workerBin}' "$@"\n`, { mode: 0o755 });
  return file;
}

const speech = number =>
  rtpPacket({
    payloadType: payloadTypes.audio,
    ssrc: kSsrc,
    sequenceNumber: number,
    timestamp: number * 960,
    payload: Buffer.alloc(200),
  });

attack({
  name: 'Create and close storm: WebRTC transports closed before, during and after ICE and DTLS',
  worker: 'Frees each in whatever state it is',
  bounds: { cpu: 2 * scaled(1), cpuPerDatagram: 2e-3 },
  async run(attacker) {
    const kEach = scaled(15);
    const states = [
      async () => {},
      async peer => peer.check(),
      async peer => peer.check({ useCandidate: true }),
      async peer => {
        await peer.check();
        const client = await peer.dtls({ certificate });
        client.start();
      },
      async peer => {
        await peer.check();
        const client = await peer.dtls({ certificate, stopAfterHello: true });
        client.start();
        await sleep(5);
      },
      async peer => {
        await peer.establish({ certificate });
        const producer = await attacker.produce(peer.transport, { kind: 'audio', ssrc: kSsrc });
        await attacker.consume(peer.transport, producer);
        peer.sendRtp(speech(1));
      },
    ];
    for (let i = 0; i < kEach; ++i) {
      await Promise.all(
        states.map(async reach => {
          const peer = await attacker.webRtc();
          await reach(peer);
          peer.close();
        }),
      );
    }
    return `${kEach * states.length} transports in ${states.length} states`;
  },
});

attack({
  name: 'Create and close storm: producers and consumers while their media flows',
  worker: 'Frees them; nothing of theirs is forwarded afterwards',
  bounds: { cpu: scaled(1) },
  async run(attacker) {
    const peer = await attacker.plain();
    const sink = await attacker.plain();
    const kRounds = scaled(60);
    let number = 0;
    const timer = setInterval(() => peer.sendRtp(speech(number++)), 1);
    for (let i = 0; i < kRounds; ++i) {
      const producer = await attacker.produce(peer.transport, { kind: 'audio', ssrc: kSsrc });
      const consumers = await Promise.all(Array.from({ length: 5 }, () => attacker.consume(sink.transport, producer)));
      consumers.slice(0, 3).forEach(consumer => consumer.close());
      producer.close();
    }
    clearInterval(timer);
    return `${kRounds} producers, ${5 * kRounds} consumers`;
  },
});

attack({
  name: 'Router storm: 200 routers with transports, created and closed without waiting for an answer',
  worker: 'Serves the requests in their order',
  bounds: { cpu: scaled(1) },
  async run(attacker) {
    const kRouters = scaled(200);
    const { worker } = attacker.room;
    const one = async () => {
      const router = await worker.createRouter();
      const info = { listenInfo: { protocol: 'udp', ip: kHome } };
      const made = Promise.allSettled([router.createPlainTransport(info), router.createDirectTransport()]);
      router.close();
      await made;
    };
    for (let i = 0; i < kRouters; i += 20) {
      await Promise.all(Array.from({ length: 20 }, one));
    }
    return `${kRouters} routers`;
  },
});

attack({
  name: 'A controller that does not read for a second while 20,000 notifications a second are due',
  worker: 'Bounds the messages that wait for it, drops notifications, answers every request',
  bounds: { peakMemory: kPoolMemory, leftMemory: kPoolMemory },
  async run(attacker) {
    const peer = await attacker.plain({ connect: false, transport: { comedia: true } });
    const producer = await attacker.produce(peer.transport, { kind: 'audio', ssrc: kSsrc });
    const direct = await attacker.router.createDirectTransport();
    const consumer = await attacker.consume(direct, producer);
    let came = 0;
    consumer.on('rtp', () => ++came);
    const seconds = scaled(1);
    const hose = await attacker.hose({
      packets: [speech(0)],
      port: peer.port,
      perSecond: 20_000,
      seconds,
      sequence: true,
    });
    const flowing = hose.run();
    // Blocks the whole event loop of the controller.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, seconds * 1000);
    const count = await flowing;
    const stats = await producer.getStats();
    assert.ok(stats.length > 0);
    return `${came} of ${count} notifications came; the request behind them was answered`;
  },
});

attack({
  name: `SIGSTOP for ${isLong ? 40 : 5} s, then SIGCONT`,
  worker: 'Keeps every connection, and loses no packet that arrives afterwards',
  bounds: { cpu: 2 },
  async run(attacker) {
    const { room } = attacker;
    const peer = await attacker.webRtc();
    await peer.establish({ certificate });
    const consents = setInterval(() => peer.check({ patienceMs: 1 }), 1000);
    process.kill(room.pid, 'SIGSTOP');
    await sleep((isLong ? 40 : 5) * 1000);
    process.kill(room.pid, 'SIGCONT');
    // The worker first forwards the datagrams that its sockets held.
    await room.answerMs();
    await sleep(500);
    await room.call.begin();
    await sleep(1000);
    clearInterval(consents);
    assert.equal(peer.transport.dtlsState, 'connected');
    assert.notEqual(peer.transport.iceState, 'disconnected');
    return `ICE ${peer.transport.iceState}, DTLS ${peer.transport.dtlsState}`;
  },
});

const kDescriptors = 100;
attack({
  name: `Descriptor exhaustion: ${kDescriptors} descriptors, then transports and TCP connections for more`,
  worker: 'Answers with the reason; the call continues, and new requests succeed when descriptors are free again',
  room: { bin: limitedWorker(`ulimit -n ${kDescriptors}`) },
  async run(attacker) {
    const server = await attacker.webRtc({ protocol: 'tcp' });
    const made = [];
    let reason = null;
    while (!reason) {
      try {
        made.push(await attacker.plain());
      } catch (error) {
        reason = error.message;
      }
    }
    assert.match(reason, /too many open files/i);
    assert.ok(made.length > 50, `${made.length} transports`);
    const waiting = await Promise.all(Array.from({ length: 20 }, () => tcpSocket(server.port)));
    await sleep(300);
    waiting.forEach(({ connection }) => connection.destroy());
    made.forEach(peer => peer.close());
    await attacker.room.dump();
    const again = await attacker.plain();
    again.close();
    return `"${reason}" after ${made.length} transports`;
  },
});

const kPorts = 300;
const kRefusals = 200;
attack({
  name: `A port range of ${kPorts} that is full, and ${kRefusals} requests for more`,
  worker: 'Answers with an error, without a try of every port',
  room: { worker: { rtcMinPort: 30_000, rtcMaxPort: 30_000 + kPorts - 1 } },
  // 10 ms for each refusal.
  bounds: { cpu: 0.5 + kRefusals * 0.01 },
  async run(attacker) {
    const info = { listenInfo: { protocol: 'udp', ip: kHome } };
    let made = 0;
    let reason = null;
    while (!reason) {
      await attacker.router.createPlainTransport(info).then(
        () => ++made,
        error => (reason = error.message),
      );
    }
    const before = cpuSeconds(attacker.room.pid);
    const kRequests = Array.from({ length: kRefusals }, () => attacker.router.createPlainTransport(info));
    const results = await Promise.allSettled(kRequests);
    assert.ok(results.every(({ status }) => status === 'rejected'));
    const each = ((cpuSeconds(attacker.room.pid) - before) / kRefusals) * 1000;
    return `"${reason}" after ${made} transports, ${each.toFixed(1)} ms of CPU time each`;
  },
});

test('SIGKILL: a new worker serves', async () => {
  const kLimitMs = 5000;
  const room = await Room.open();
  const died = new Promise(resolve => room.worker.once('died', resolve));
  process.kill(room.pid, 'SIGKILL');
  await died;
  const began = performance.now();
  await room.close();
  const next = await Room.open();
  const tookMs = performance.now() - began;
  // This includes 300 ms in which the new call shows that it loses nothing.
  assert.ok(tookMs < kLimitMs, `${tookMs} ms until the call went on`);
  await next.close();
  record({
    name: 'SIGKILL',
    worker: 'Is replaced by the controller',
    saw: `a call runs again after ${Math.round(tookMs)} ms, its first 300 ms of packets included`,
  });
});
