// Attacks on connectivity checks, without and with the right password.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { payloadTypes } from './support/Attacker.mjs';
import { tcpSocket } from './support/IcePeer.mjs';
import { attack } from './support/attacks.mjs';
import { makeCertificate } from './support/certificate.mjs';
import { scaled } from './support/limits.mjs';
import { sleep } from './support/pace.mjs';
import { rtpPacket, vp8Payload } from './support/rtp.mjs';
import { bindingRequest, stunAttribute } from './support/stun.mjs';
import { kHome } from './support/udp.mjs';

const kOtherHost = '127.0.0.2';
const kThirdHost = '127.0.0.3';
const certificate = makeCertificate();
// The worker notifies of a changed value at most five times a second.
const kNotificationsPerSecond = 5;
const kNotificationMs = 250;

/** Returns a peer whose address the transport has validated and selected. */
async function connected(attacker, options) {
  const peer = await attacker.webRtc(options);
  const { kind } = await peer.check({ useCandidate: true });
  assert.equal(kind, 'success');
  assert.equal((await peer.transport.dump()).iceState, 'completed');
  return peer;
}

/** Returns the selected address. The controller learns it from a notification. */
async function remoteOf({ transport }) {
  await sleep(kNotificationMs);
  await transport.dump();
  const { iceSelectedTuple } = transport;
  return `${iceSelectedTuple.remoteIp}:${iceSelectedTuple.remotePort}`;
}

const addressOf = socket => `${socket.address().address}:${socket.address().port}`;

/** Returns the error code of an answer, or its class. */
const said = answer => answer && (answer.errorCode ?? answer.kind);

attack({
  name: 'Binding requests with a wrong password, another ufrag, no integrity or no fingerprint',
  worker: 'Answers 401 or 400, or not at all without a FINGERPRINT; the selected address stays',
  async run(attacker) {
    const peer = await connected(attacker);
    const stranger = await attacker.socket({ ip: kOtherHost });
    const { ufrag } = peer.credentials;
    const wrong = [
      { options: { credentials: { ufrag, password: 'wrong'.repeat(5) } }, expected: 401 },
      { options: { credentials: { ufrag: 'another', password: peer.credentials.password } }, expected: 401 },
      { options: { integrity: false }, expected: 400 },
      { options: { fingerprint: false, patienceMs: 200 }, expected: null },
      { options: { kind: 'indication', patienceMs: 200 }, expected: null },
    ];
    for (const { options, expected } of wrong) {
      const answer = await peer.check({ socket: stranger, useCandidate: true, ...options });
      assert.equal(said(answer), expected, JSON.stringify(options));
    }
    assert.equal(await remoteOf(peer), addressOf(peer.socket));
    return `${wrong.length} kinds of them refused`;
  },
});

attack({
  name: 'Binding requests whose integrity is that of another message, or was cut',
  worker: 'Drops or refuses them; no address is validated',
  async run(attacker) {
    const peer = await connected(attacker);
    const stranger = await attacker.socket({ ip: kOtherHost });
    const request = bindingRequest(peer.credentials, { useCandidate: true });
    for (let length = 0; length < request.length; ++length) {
      peer.sendRaw(request.subarray(0, length), stranger);
    }
    for (let at = 0; at < request.length; ++at) {
      const changed = Buffer.from(request);
      changed[at] ^= 1 << (at % 8);
      peer.sendRaw(changed, stranger);
    }
    await peer.check();
    assert.equal(await remoteOf(peer), addressOf(peer.socket));
    return `every one of ${2 * request.length} variants refused`;
  },
});

attack({
  name: 'USE-CANDIDATE from elsewhere by one who does not know the password, 2,000 a second',
  worker:
    'Answers at most 100 a second in the whole worker, each no larger than the request; the selected address stays',
  async run(attacker) {
    const peer = await connected(attacker);
    const before = addressOf(peer.socket);
    const stranger = await attacker.socket({ ip: kOtherHost });
    const { ufrag } = peer.credentials;
    let size = 0;
    const seconds = scaled(1);
    const count = await attacker.flood({
      perSecond: 2000,
      seconds,
      send: () => {
        const request = bindingRequest({ ufrag, password: 'wrong'.repeat(5) }, { useCandidate: true });
        size = request.length;
        peer.sendRaw(request, stranger);
      },
    });
    await sleep(100);
    assert.equal(await remoteOf(peer), before);
    const answers = stranger.inbox.splice(0);
    // The worker's token bucket holds 100 and gains 100 a second.
    const kAnswers = 100 + 100 * (seconds + 2);
    assert.ok(answers.length <= kAnswers, `${answers.length} answers`);
    assert.ok(answers.every(({ bytes }) => bytes.length <= size));
    return `${answers.length} answers to ${count} requests`;
  },
});

attack({
  name: 'Requests from 200 addresses by one who knows the password (tuple churn)',
  worker: 'Keeps 8 addresses of a transport and forgets the one that was silent for longest',
  async run(attacker) {
    const peer = await connected(attacker);
    const kAddresses = 200;
    let answered = 0;
    for (let i = 0; i < kAddresses; ++i) {
      const socket = await attacker.socket({ ip: i % 2 ? kOtherHost : kThirdHost });
      answered += said(await peer.check({ socket })) === 'success' ? 1 : 0;
      socket.removeAllListeners('message');
    }
    // Only the first address was nominated.
    assert.equal(await remoteOf(peer), addressOf(peer.socket));
    assert.equal(answered, kAddresses);
    return `${answered} requests answered`;
  },
});

attack({
  name: 'Role conflicts: every request says that the peer is controlled',
  worker: 'Answers 487 and stays the controlled agent',
  async run(attacker) {
    const peer = await connected(attacker);
    const kRequests = 50;
    for (let i = 0; i < kRequests; ++i) {
      assert.equal(said(await peer.check({ controlled: true, useCandidate: true })), 487);
    }
    assert.equal(said(await peer.check()), 'success');
    return `${kRequests} times 487`;
  },
});

attack({
  name: 'Nomination storm: USE-CANDIDATE from 8 addresses in turn, 2,000 a second',
  worker: 'Follows the nominations; notifications to the controller are bounded',
  async run(attacker) {
    const peer = await connected(attacker);
    const sockets = [peer.socket];
    while (sockets.length < 8) {
      sockets.push(await attacker.socket({ ip: kOtherHost }));
    }
    let events = 0;
    const began = performance.now();
    peer.transport.on('iceselectedtuplechange', () => ++events);
    const count = await attacker.flood({
      perSecond: 2000,
      seconds: scaled(1),
      send: i => peer.sendRaw(bindingRequest(peer.credentials, { useCandidate: true }), sockets[i % sockets.length]),
    });
    // A busy kernel can deliver datagrams of the other sockets late, so the last nomination is repeated.
    for (let i = 0; i < 20 && (await remoteOf(peer)) !== addressOf(peer.socket); ++i) {
      await sleep(100);
      assert.equal(said(await peer.check({ useCandidate: true })), 'success');
    }
    assert.equal(await remoteOf(peer), addressOf(peer.socket));
    const elapsed = (performance.now() - began) / 1000;
    const limit = Math.ceil(kNotificationsPerSecond * elapsed) + 1;
    assert.ok(events <= limit, `${events} events, over ${limit}`);
    return `${count} nominations, ${events} events at the controller`;
  },
});

attack({
  name: 'Renomination backwards: values that fall, repeat and jump',
  worker: 'Follows only a value higher than the last',
  async run(attacker) {
    const peer = await attacker.webRtc();
    const other = await attacker.socket({ ip: kOtherHost });
    assert.equal(said(await peer.check({ nomination: 1000 })), 'success');
    for (const nomination of [0, 1, 999, 1000]) {
      assert.equal(said(await peer.check({ socket: other, nomination })), 'success');
      assert.equal(await remoteOf(peer), addressOf(peer.socket), `after ${nomination}`);
    }
    assert.equal(said(await peer.check({ socket: other, nomination: 0xffffff })), 'success');
    assert.equal(await remoteOf(peer), addressOf(other));
    return 'only the higher value was followed';
  },
});

attack({
  name: 'Requests with 40 attributes, unknown required ones, a USERNAME of 600 bytes',
  worker: 'Answers 420 or drops them as malformed',
  async run(attacker) {
    const peer = await connected(attacker);
    const many = Array.from({ length: 40 }, (_, i) => stunAttribute(0xff00 + i, Buffer.alloc(4)));
    const patienceMs = 200;
    const manyAnswer = await peer.check({ extra: many, patienceMs });
    assert.notEqual(said(manyAnswer), 'success');
    assert.equal(said(await peer.check({ extra: [stunAttribute(0x7777, Buffer.alloc(4))] })), 420);
    const { ufrag } = peer.credentials;
    assert.notEqual(said(await peer.check({ username: `${ufrag}:${'a'.repeat(600)}`, patienceMs })), 'success');
    assert.equal(said(await peer.check()), 'success');
    return 'none accepted, the next right one is';
  },
});

attack({
  name: '100 TCP connections: some silent, some with frames of 65,535 bytes that never end, some with requests a byte at a time',
  worker: 'Bounds what one who has shown no password may hold, and closes connections that speak nothing it knows',
  async run(attacker) {
    const peer = await connected(attacker, { protocol: 'tcp' });
    const strangers = await Promise.all(Array.from({ length: 100 }, () => tcpSocket(peer.port, { ip: kOtherHost })));
    const request = bindingRequest({ ufrag: 'nobody', password: 'nothing' });
    for (const [i, { connection }] of strangers.entries()) {
      if (i % 3 === 1) {
        connection.write(Buffer.concat([Buffer.from([0xff, 0xff]), crypto.randomBytes(60_000)]));
      } else if (i % 3 === 2) {
        for (const byte of request) {
          connection.write(Buffer.from([byte]));
        }
      }
    }
    await sleep(300);
    assert.equal(said(await peer.check()), 'success');
    const { tcp } = await attacker.room.dump();
    strangers.forEach(({ connection }) => connection.destroy());
    await sleep(100);
    return `${tcp.connections} connections open under attack; the validated one is answered`;
  },
});

attack({
  name: 'TCP connection storm: 1,000 connections opened and closed at once',
  worker: 'Accepts and forgets them',
  async run(attacker) {
    const peer = await connected(attacker, { protocol: 'tcp' });
    const kConnections = scaled(1000);
    for (let i = 0; i < kConnections; i += 50) {
      const batch = await Promise.all(Array.from({ length: 50 }, () => tcpSocket(peer.port)));
      batch.forEach(({ connection }) => connection.resetAndDestroy());
      // In the long form the storm lasts longer than the consent timeout.
      assert.equal(said(await peer.check()), 'success');
    }
    return `${kConnections} connections`;
  },
});

attack({
  name: 'Consent race: two addresses of one peer that fall silent and come back around the timeout of 1 s, ICE restarts between',
  worker: 'Selects the address that is alive, is disconnected without one, and connected again by a request',
  async run(attacker) {
    const peer = await connected(attacker, { transport: { iceConsentTimeout: 1 } });
    const other = await attacker.socket({ ip: kOtherHost });
    const states = [];
    peer.transport.on('icestatechange', state => states.push(state));
    // The first address falls silent.
    for (let i = 0; i < 15; ++i) {
      await peer.check({ socket: other });
      await sleep(100);
    }
    assert.equal(await remoteOf(peer), addressOf(other));
    await sleep(1500);
    await peer.transport.dump();
    assert.equal(peer.transport.iceState, 'disconnected');
    const { usernameFragment: ufrag, password } = await peer.transport.restartIce();
    assert.equal(said(await peer.check()), 'success', 'by the credentials before the restart');
    assert.equal(said(await peer.check({ credentials: { ufrag, password }, useCandidate: true })), 'success');
    assert.equal(
      said(await peer.check({ patienceMs: 200 })),
      401,
      'by those before the restart, after the new ones were used',
    );
    assert.equal(await remoteOf(peer), addressOf(peer.socket));
    return states.join(', ');
  },
});

attack({
  name: 'Own credentials select the address of a third party, which never answers; then media is due',
  worker: 'Sends at most 40 kB and 3 times the bytes received from a new address until it has answered',
  async run(attacker) {
    const camera = await attacker.plain();
    const producer = await attacker.produce(camera.transport, { kind: 'video', ssrc: 1 });
    const peer = await attacker.webRtc();
    await peer.establish({ certificate });
    await attacker.consume(peer.transport, producer);
    // The worker's limit for an address that has not answered: three times the bytes received from it, and 40 kB.
    const kAllowance = 40_000;
    // Reports are not limited.
    const kReportsPerSecond = 500;
    const seconds = scaled(1);
    const victim = await attacker.socket({ ip: kThirdHost });
    const request = bindingRequest(peer.credentials, { useCandidate: true });
    peer.sendRaw(request, victim);
    const payload = vp8Payload({ key: true, size: 1000 });
    const video = { payloadType: payloadTypes.video, ssrc: 1, marker: true, payload };
    await attacker.flood({
      perSecond: 500,
      seconds,
      send: i => camera.sendRtp(rtpPacket({ ...video, sequenceNumber: i, timestamp: i * 90 })),
    });
    await sleep(100);
    const bytes = victim.inbox.reduce((sum, { bytes: { length } }) => sum + length, 0);
    const limit = 3 * request.length + kAllowance + kReportsPerSecond * (seconds + 1);
    assert.ok(bytes <= limit, `${bytes} bytes to the third party for ${request.length}`);
    return `${bytes} bytes reached the third party for ${request.length}`;
  },
});

attack({
  name: "On a WebRtcServer: a participant's own request from another participant's address (tuple theft)",
  worker: 'Refuses it while the owner sends authentic packets from there',
  async run(attacker) {
    const listenInfos = [{ protocol: 'udp', ip: kHome }];
    const webRtcServer = await attacker.room.worker.createWebRtcServer({ listenInfos });
    try {
      const victim = await attacker.webRtc({ transport: { webRtcServer } });
      await victim.establish({ certificate });
      const producer = await attacker.produce(victim.transport, { kind: 'audio', ssrc: 1 });
      const [listener] = await attacker.audience(producer, { count: 1 });
      const thief = await attacker.webRtc({ transport: { webRtcServer } });
      let number = 0;
      const speech = { payloadType: payloadTypes.audio, ssrc: 1, payload: Buffer.alloc(80) };
      const speak = () => victim.sendRtp(rtpPacket({ ...speech, sequenceNumber: number++ }));
      speak();
      await sleep(50);
      listener.takeRtp();
      for (let i = 0; i < 50; ++i) {
        thief.sendRaw(bindingRequest(thief.credentials, { useCandidate: true }), victim.socket);
        speak();
      }
      await sleep(200);
      // One more where the first packet was late.
      const got = Math.min(listener.takeRtp().length, 50);
      assert.equal(got, 50);
      return `${got} of 50 packets of the owner forwarded during the theft`;
    } finally {
      webRtcServer.close();
    }
  },
});

attack({
  name: 'A peer that sends media but no binding request for 2.5 times the consent timeout, then nothing at all',
  worker: 'Keeps its address while authentic packets arrive; disconnects it when they end',
  async run(attacker) {
    const peer = await attacker.webRtc({ transport: { iceConsentTimeout: 1 } });
    await peer.establish({ certificate });
    await attacker.produce(peer.transport, { kind: 'audio', ssrc: 1 });
    const packet = i =>
      rtpPacket({ payloadType: payloadTypes.audio, ssrc: 1, sequenceNumber: i, payload: Buffer.alloc(80) });
    await attacker.flood({ perSecond: 50, seconds: 2.5, send: i => peer.sendRtp(packet(i)) });
    await peer.transport.dump();
    assert.equal(peer.transport.iceState, 'completed');
    // Forged packets are no sign of life.
    await attacker.flood({ perSecond: 50, seconds: 2, send: i => peer.sendRaw(packet(i)) });
    await peer.transport.dump();
    assert.equal(peer.transport.iceState, 'disconnected');
    return 'completed with media, disconnected with forged packets';
  },
});
