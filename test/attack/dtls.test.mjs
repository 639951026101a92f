// Attacks on the DTLS handshake and on the connected association.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { residentBytes } from '../process/support/procfs.mjs';
import { payloadTypes } from './support/Attacker.mjs';
import { attack } from './support/attacks.mjs';
import { makeCertificate } from './support/certificate.mjs';
import { alertContent, clientHelloDatagram, kAlert, kContent, plainRecord } from './support/DtlsClient.mjs';
import { isLong, scaled } from './support/limits.mjs';
import { eventually, sleep } from './support/pace.mjs';
import { rtpPacket } from './support/rtp.mjs';
import { kHome } from './support/udp.mjs';

const kOtherHost = '127.0.0.2';
const kSsrc = 0xa77a0001;
const certificate = makeCertificate();
const kMiB = 1024 * 1024;

/** Returns a peer whose address ICE has validated. */
async function validated(attacker, options) {
  const peer = await attacker.webRtc(options);
  assert.equal((await peer.check({ useCandidate: true })).kind, 'success');
  return peer;
}

/** Returns a connected peer that publishes audio to a plain RTP listener. */
async function speaker(attacker, options) {
  const peer = await attacker.webRtc(options);
  const client = await peer.establish({ certificate });
  const producer = await attacker.produce(peer.transport, { kind: 'audio', ssrc: kSsrc });
  const [listener] = await attacker.audience(producer, { count: 1 });
  let number = 0;
  const speak = () =>
    peer.sendRtp(
      rtpPacket({
        payloadType: payloadTypes.audio,
        ssrc: kSsrc,
        sequenceNumber: number++,
        timestamp: number * 960,
        payload: crypto.randomBytes(80),
      }),
    );
  /** Sends `count` packets and returns the number that the listener received. */
  const heard = async (count = 20) => {
    listener.takeRtp();
    for (let i = 0; i < count; ++i) {
      speak();
    }
    await sleep(150);
    return listener.takeRtp().length;
  };
  return { peer, client, heard };
}

async function outcomeWithin(client, seconds = 10) {
  let timer;
  const late = new Promise(resolve => (timer = setTimeout(() => resolve('nothing'), seconds * 1000)));
  const outcome = await Promise.race([client.outcome, late]);
  clearTimeout(timer);
  return outcome;
}

for (const options of [{ protocol: 'udp' }, { protocol: 'tcp' }]) {
  attack({
    name: `A client that behaves, by ${options.protocol.toUpperCase()} (what the attacks below are compared with)`,
    worker: 'Connects it and forwards its media',
    async run(attacker) {
      const { heard } = await speaker(attacker, options);
      assert.equal(await heard(), 20);
      return 'connected; 20 of 20 packets';
    },
  });
}

attack({
  name: 'A certificate whose fingerprint is not the announced one',
  worker: 'Does not connect the transport',
  async run(attacker) {
    const peer = await validated(attacker);
    const client = await peer.dtls({ certificate: makeCertificate(), fingerprint: certificate.fingerprint });
    client.start();
    const outcome = await outcomeWithin(client, 1);
    await peer.transport.dump();
    assert.notEqual(outcome, 'connected');
    assert.notEqual(peer.transport.dtlsState, 'connected');
    return `state ${peer.transport.dtlsState}`;
  },
});

for (const [size, accepted] of [
  [8 * 1024, true],
  [40 * 1024, false],
]) {
  attack({
    name: `A certificate of ${size / 1024} KiB`,
    worker: accepted ? 'Takes it (up to 16 KiB)' : 'Refuses it (over 16 KiB)',
    async run(attacker) {
      const peer = await validated(attacker);
      const client = await peer.dtls({ certificate: makeCertificate({ padding: size }) });
      client.start();
      const outcome = await outcomeWithin(client, accepted ? 10 : 1);
      assert.equal(outcome === 'connected', accepted, outcome);
      return accepted ? outcome : `not connected, state ${peer.transport.dtlsState}`;
    },
  });
}

attack({
  name: 'A handshake in fragments of 16 bytes, each flight in random order',
  worker: 'Puts it together',
  async run(attacker) {
    const peer = await validated(attacker);
    const client = await peer.dtls({ certificate, fragment: 16, shuffle: true });
    client.start();
    assert.equal(await outcomeWithin(client, 20), 'connected');
    return 'connected';
  },
});

attack({
  name: 'ClientHello race: 500 valid ClientHellos from another address, before and during the genuine handshake',
  worker: 'Takes DTLS from validated addresses alone; the genuine client connects (ASVS V17.2.6)',
  async run(attacker) {
    const peer = await validated(attacker);
    const stranger = await attacker.socket({ ip: kOtherHost });
    const client = await peer.dtls({ certificate });
    for (let i = 0; i < 500; ++i) {
      peer.sendRaw(clientHelloDatagram(), stranger);
      if (i === 250) {
        client.start();
      }
    }
    assert.equal(await outcomeWithin(client), 'connected');
    assert.equal(stranger.inbox.length, 0);
    return 'the genuine client connected; no answer to the stranger';
  },
});

const firsts = {
  'a ClientHello without a common cipher': () => clientHelloDatagram({ cipherSuites: [0x0035, 0xc0ff] }),
  'a ClientHello without a common SRTP profile': () => clientHelloDatagram({ profiles: [0x0002] }),
  "somebody else's valid ClientHello": () => clientHelloDatagram(),
  'a fatal alert': () => plainRecord(kContent.alert, alertContent(2, kAlert.handshakeFailure), { number: 5 }),
  'a close_notify': () => plainRecord(kContent.alert, alertContent(1, kAlert.closeNotify), { number: 5 }),
};
for (const [what, make] of Object.entries(firsts)) {
  attack({
    name: `From the validated address, ${what} before the genuine ClientHello`,
    worker: 'Ends the attempt at most; the genuine client connects',
    async run(attacker) {
      const peer = await validated(attacker);
      const client = await peer.dtls({ certificate });
      peer.sendRaw(make());
      await sleep(50);
      client.start();
      assert.equal(await outcomeWithin(client), 'connected');
      assert.ok(await eventually(() => peer.transport.dtlsState === 'connected'), peer.transport.dtlsState);
      return 'connected';
    },
  });
  attack({
    name: `From the validated address, ${what} in the middle of the genuine handshake`,
    worker: 'Continues the genuine handshake',
    async run(attacker) {
      const peer = await validated(attacker);
      // The genuine flight takes a while: fragments of 64 bytes.
      const client = await peer.dtls({ certificate, fragment: 64 });
      client.start();
      peer.sendRaw(make());
      await sleep(1);
      peer.sendRaw(make());
      assert.equal(await outcomeWithin(client), 'connected');
      assert.ok(await eventually(() => peer.transport.dtlsState === 'connected'), peer.transport.dtlsState);
      return 'connected';
    },
  });
}

attack({
  name: 'Alerts in the clear after the handshake, from the validated address',
  worker: 'Drops plaintext once the association is connected',
  async run(attacker) {
    const { peer, heard } = await speaker(attacker);
    for (let i = 0; i < 200; ++i) {
      const content = alertContent(
        1 + (i % 2),
        [kAlert.closeNotify, kAlert.handshakeFailure, kAlert.internalError][i % 3],
      );
      peer.sendRaw(plainRecord(kContent.alert, content, { epoch: i % 2, number: 1000 + i }));
    }
    peer.sendRaw(clientHelloDatagram());
    assert.equal(await heard(), 20);
    assert.equal(peer.transport.dtlsState, 'connected');
    return 'still connected; 20 of 20 packets';
  },
});

attack({
  name: 'Renegotiation: a second ClientHello under the keys, ten times',
  worker: 'Starts no second handshake; media continues or the association ends, never with a second key',
  async run(attacker) {
    const { peer, client, heard } = await speaker(attacker);
    for (let i = 0; i < 10; ++i) {
      client.renegotiate();
      await sleep(10);
    }
    const count = await heard();
    const { dtlsState } = peer.transport;
    assert.ok(dtlsState === 'connected' ? count === 20 : count === 0, `${dtlsState}, ${count} packets`);
    return `state ${dtlsState}, ${count} of 20 packets`;
  },
});

for (const { what, content, state } of [
  { what: 'close_notify', content: alertContent(1, kAlert.closeNotify), state: 'closed' },
  { what: 'A fatal alert', content: alertContent(2, kAlert.internalError), state: 'failed' },
]) {
  attack({
    name: `${what} under the keys, then media under the old keys`,
    worker: 'Ends the association and drops the media',
    async run(attacker) {
      const { peer, client, heard } = await speaker(attacker);
      assert.equal(await heard(), 20);
      peer.sendRaw(client.sealed(kContent.alert, content));
      assert.ok(await eventually(() => peer.transport.dtlsState === state), peer.transport.dtlsState);
      assert.equal(await heard(), 0);
      return `state ${peer.transport.dtlsState}; 0 of 20 packets`;
    },
  });
}

attack({
  name: 'DTLS garbage from the validated address before the handshake: wrong epochs, versions and lengths, 20,000 records/s',
  worker: 'Drops it; the genuine client connects',
  async run(attacker) {
    const peer = await validated(attacker);
    const client = await peer.dtls({ certificate });
    const count = await attacker.flood({
      perSecond: 20_000,
      seconds: scaled(0.5),
      send: i => {
        const type = [kContent.changeCipherSpec, kContent.applicationData, 24, 63][i % 4];
        const version = i % 5 ? 0xfefd : i & 0xffff;
        const record = plainRecord(type, crypto.randomBytes(i % 100), { epoch: i % 3, number: i, version });
        if (i % 7 === 0) {
          record.writeUInt16BE(i & 0xffff, 11);
        }
        peer.sendRaw(record);
      },
    });
    client.start();
    assert.equal(await outcomeWithin(client), 'connected');
    return `connected after ${count} records`;
  },
});

const kUnfinished = isLong ? 10_000 : 1000;
/** Growth that may remain: the 16 MiB that `HeapTrimmer` does not return, and fragments of pages. */
const kLeftOfHandshakes = 20 * kMiB;
/** `HeapTrimmer` measures every two seconds. */
const kTrimMs = 10_000;
attack({
  name: `${kUnfinished.toLocaleString('en-US')} unfinished handshakes on one port: a ClientHello each, then silence`,
  worker: 'Holds a bounded amount of memory for each, and returns it to the system when the transports close',
  // A ClientHello costs about a millisecond, and an unfinished handshake 73 KiB, most of it OpenSSL's.
  bounds: { cpu: kUnfinished * 5e-3, peakMemory: kUnfinished * 128 * 1024, leftMemory: kLeftOfHandshakes },
  async run(attacker) {
    const before = residentBytes(attacker.room.pid);
    const listenInfos = [{ protocol: 'udp', ip: kHome }];
    const webRtcServer = await attacker.room.worker.createWebRtcServer({ listenInfos });
    for (let i = 0; i < kUnfinished; i += 20) {
      const begun = await Promise.all(
        Array.from({ length: 20 }, async () => {
          const peer = await attacker.webRtc({ transport: { webRtcServer } });
          await peer.check({ useCandidate: true });
          const client = await peer.dtls({ certificate, stopAfterHello: true });
          client.start();
          return peer;
        }),
      );
      await attacker.room.dump();
      begun.forEach(({ socket }) => attacker.drop(socket));
    }
    const growth = () => residentBytes(attacker.room.pid) - before;
    const most = growth();
    webRtcServer.close();
    assert.ok(await eventually(() => growth() < kLeftOfHandshakes, kTrimMs), `${growth()} bytes are left of ${most}`);
    const mebibytes = bytes => Math.round(bytes / kMiB);
    return `memory +${mebibytes(most)} MiB at the end, +${mebibytes(growth())} MiB after the close`;
  },
});

attack({
  name: 'Media with bad authentication beside good media, from the validated address, 10,000 packets/s',
  worker: 'Counts and drops it; the good media is forwarded',
  async run(attacker) {
    const { peer, heard } = await speaker(attacker);
    const count = await attacker.flood({
      perSecond: 10_000,
      seconds: scaled(1),
      send: i => {
        const payload = crypto.randomBytes(96);
        peer.sendRaw(rtpPacket({ payloadType: payloadTypes.audio, ssrc: kSsrc, sequenceNumber: i, payload }));
      },
    });
    assert.equal(await heard(), 20);
    return `20 of 20 good packets after ${count} forged ones`;
  },
});
