// Attacks on SRTP from the validated address: bad authentication, replay, rollover.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { payloadTypes } from './support/Attacker.mjs';
import { attack } from './support/attacks.mjs';
import { scaled } from './support/limits.mjs';
import { burst, sleep } from './support/pace.mjs';
import { isRtp, rtpPacket, rtxPacket, vp8Payload } from './support/rtp.mjs';
import { kernelDrops } from './support/udp.mjs';
import { reportBlock } from './support/rtcp.mjs';

const kSsrc = 0xa77a0001;

/** Returns a publisher of audio and its listener, both with SRTP. */
async function speaker(attacker, suite) {
  const peer = await attacker.plain({ srtp: suite });
  const producer = await attacker.produce(peer.transport, { kind: 'audio', ssrc: kSsrc });
  const [listener] = await attacker.audience(producer, { count: 1, srtp: suite });
  const speech = number =>
    rtpPacket({
      payloadType: payloadTypes.audio,
      ssrc: kSsrc,
      sequenceNumber: number,
      timestamp: number * 960,
      payload: crypto.randomBytes(80),
    });
  return { peer, listener, speech };
}

/** Takes the packets that the listener received. Fails if one of them is not authentic. */
async function heard(listener, waitMs = 100) {
  await sleep(waitMs);
  const packets = listener.takeRtp();
  assert.ok(
    packets.every(packet => packet !== null),
    'a packet that cannot be opened',
  );
  return packets;
}

for (const suite of ['AEAD_AES_128_GCM', 'AES_CM_128_HMAC_SHA1_80']) {
  attack({
    name: `${suite}: 10,000 packets a second with bad authentication from the right address, good ones between them`,
    worker: 'Counts and drops them; the good ones are forwarded',
    async run(attacker) {
      const { peer, listener, speech } = await speaker(attacker, suite);
      let good = 0;
      const count = await attacker.flood({
        perSecond: 10_000,
        seconds: scaled(1),
        send: i => {
          if (i % 200 === 0) {
            peer.sendRtp(speech(good++));
            return;
          }
          const forged = speech(good);
          peer.sendRaw(Buffer.concat([forged, crypto.randomBytes(16)]));
        },
      });
      const packets = await heard(listener);
      const dropped = kernelDrops(peer.port);
      assert.ok(
        packets.length >= good - dropped,
        `${packets.length} packets of ${good}; the kernel dropped ${dropped}`,
      );
      return `${packets.length} of ${good} good packets among ${count}`;
    },
  });

  attack({
    name: `${suite}: replay of every packet and report, twenty times`,
    worker: 'Drops repetitions by the replay window',
    async run(attacker) {
      const { peer, listener, speech } = await speaker(attacker, suite);
      const sealed = Array.from({ length: 50 }, (_, i) => peer.srtp.protectRtp(speech(i)));
      const report = peer.srtp.protectRtcp(reportBlock(kSsrc, 1, {}));
      for (let i = 0; i < 20; ++i) {
        sealed.forEach(packet => peer.sendRaw(packet));
        peer.sendRaw(report);
        await sleep(5);
      }
      const packets = await heard(listener);
      assert.equal(packets.length, sealed.length);
      return `${packets.length} packets forwarded of ${20 * sealed.length}`;
    },
  });

  attack({
    name: `${suite}: numbers around the rollover, forged packets that would move the rollover counter`,
    worker: 'Moves the counter by authentic packets alone; what follows is opened',
    async run(attacker) {
      const { peer, listener, speech } = await speaker(attacker, suite);
      const forge = number => peer.sendRaw(Buffer.concat([speech(number), crypto.randomBytes(16)]));
      const kNumbers = [0xfff0, 0xfff8, 0xffff, 0, 1, 8, 0x10];
      for (const number of kNumbers) {
        [0, 0x7fff, 0x8000, 0xffff].forEach(forge);
        peer.sendRtp(speech(number));
        [number + 0x7000, number - 0x7000, number + 0x8000].forEach(each => forge(each & 0xffff));
        await sleep(2);
      }
      const packets = await heard(listener);
      assert.equal(packets.length, kNumbers.length);
      return `all ${packets.length} authentic packets forwarded`;
    },
  });
}

attack({
  name: 'Packets of 2,048 ssrcs, each authentic (inbound SRTP streams)',
  worker: 'Keeps state for at most 2,048 ssrcs of a transport; the publisher continues',
  async run(attacker) {
    const { peer, listener, speech } = await speaker(attacker, 'AEAD_AES_128_GCM');
    peer.sendRtp(speech(0));
    await attacker.flood({
      perSecond: 5000,
      seconds: scaled(1),
      send: i => {
        const packet = speech(i & 0xffff);
        packet.writeUInt32BE(0x20000000 + i, 8);
        peer.sendRtp(packet);
      },
    });
    for (let i = 1; i <= 10; ++i) {
      peer.sendRtp(speech(i));
    }
    const packets = await heard(listener);
    assert.equal(packets.length, 11);
    return `all ${packets.length} packets of the announced ssrc forwarded`;
  },
});

attack({
  name: 'Media in the clear to a transport with SRTP, and SRTP by the keys of another',
  worker: 'Drops it',
  async run(attacker) {
    const { peer, listener, speech } = await speaker(attacker, 'AEAD_AES_128_GCM');
    const other = await attacker.plain({ srtp: 'AEAD_AES_128_GCM' });
    for (let i = 0; i < 200; ++i) {
      peer.sendRaw(speech(i));
      peer.sendRaw(other.srtp.protectRtp(speech(i)));
    }
    assert.deepEqual(await heard(listener), []);
    peer.sendRtp(speech(1));
    assert.equal((await heard(listener)).length, 1);
    return 'nothing of it was forwarded';
  },
});

attack({
  name: 'Hash flood: 10,000 authentic packets of 2,000 ssrcs that are equal in their low 16 bits',
  worker: 'Finds each stream in about constant time',
  async run(attacker) {
    const { peer, listener, speech } = await speaker(attacker, 'AEAD_AES_128_GCM');
    await attacker.flood({
      perSecond: 10_000,
      seconds: scaled(1),
      send: i => {
        const packet = speech(Math.floor(i / 2000));
        packet.writeUInt32BE(((i % 2000) + 1) << 16, 8);
        peer.sendRtp(packet);
      },
    });
    for (let i = 0; i < 10; ++i) {
      peer.sendRtp(speech(i));
    }
    const packets = await heard(listener);
    assert.equal(packets.length, 10);
    return `all ${packets.length} packets of the announced ssrc forwarded`;
  },
});

attack({
  name: 'RTX of one number with other payloads, 128 to 3,000 behind, for a codec without nack feedback',
  worker: 'Forwards nothing that is older than the duplicate history; no SRTP index is used for two plaintexts',
  async run(attacker) {
    const kRtxSsrc = 0xa77a0002;
    const suite = 'AEAD_AES_128_GCM';
    const peer = await attacker.plain();
    const change = ({ codecs: [codec, ...rest], ...parameters }) => ({
      ...parameters,
      codecs: [{ ...codec, rtcpFeedback: [{ type: 'nack', parameter: 'pli' }] }, ...rest],
    });
    const producer = await attacker.produce(peer.transport, { kind: 'video', ssrc: kSsrc, rtx: kRtxSsrc, change });
    const [viewer] = await attacker.audience(producer, { count: 1, srtp: suite });
    const video = (number, filling) => {
      const payload = vp8Payload({ key: true, size: 60 });
      payload.fill(filling, 10);
      const fields = { payloadType: payloadTypes.video, ssrc: kSsrc, marker: true, payload };
      return rtpPacket({ ...fields, sequenceNumber: number, timestamp: number * 90 });
    };
    const kPackets = 3200;
    await burst({ count: kPackets, send: i => peer.sendRtp(video(i, 1)) });
    await sleep(100);
    let repeated = 0;
    for (let behind = 100; behind <= 3000; behind += 25) {
      for (const filling of [2, 3]) {
        const rtx = { payloadType: payloadTypes.rtx, ssrc: kRtxSsrc, sequenceNumber: repeated++ };
        peer.sendRtp(rtxPacket(video(kPackets - behind, filling), rtx));
      }
      await sleep(1);
    }
    await sleep(200);
    const sealed = new Map();
    let twice = 0;
    for (const packet of viewer.take().filter(isRtp)) {
      const index = packet.toString('hex', 2, 4) + packet.toString('hex', 8, 12);
      const before = sealed.get(index);
      twice += before && !before.equals(packet) ? 1 : 0;
      sealed.set(index, packet);
    }
    assert.ok(sealed.size > 1000, `${sealed.size} packets`);
    assert.equal(twice, 0, 'an SRTP index was used for two plaintexts');
    return `${sealed.size} indices, none used twice, for ${repeated} repetitions`;
  },
});
