// Attacks with RTP from a participant.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { payloadTypes } from './support/Attacker.mjs';
import { attack } from './support/attacks.mjs';
import { scaled } from './support/limits.mjs';
import { sleep } from './support/pace.mjs';
import { oneByteExtensions, rtpPacket, rtxPacket, vp8Payload } from './support/rtp.mjs';

const kSsrc = 0xa77a0001;
const kRtxSsrc = 0xa77a0002;

const video = fields => rtpPacket({ payloadType: payloadTypes.video, ssrc: kSsrc, ...fields });

/** Returns a publisher of video with `count` viewers. */
async function publisher(attacker, { count = 2, rtx } = {}) {
  const peer = await attacker.plain();
  const producer = await attacker.produce(peer.transport, { kind: 'video', ssrc: kSsrc, rtx });
  const watchers = await attacker.audience(producer, { count });
  // Consumers start at a key frame.
  peer.sendRtp(video({ marker: true, payload: vp8Payload({ key: true }) }));
  await sleep(50);
  return { peer, producer, watchers };
}

attack({
  name: '10,000 ssrcs on one transport, each announced by nothing',
  worker: 'Drops them as unknown streams and remembers none',
  async run(attacker) {
    const { peer } = await publisher(attacker);
    const kSsrcs = scaled(10_000);
    await attacker.flood({
      perSecond: 10_000,
      seconds: kSsrcs / 10_000,
      send: i => peer.sendRtp(video({ ssrc: 0x10000000 + i, payload: vp8Payload({ key: true }) })),
    });
    return 'unknown streams';
  },
});

attack({
  name: 'Padding and extension lies: lengths beyond the end, 15 contributing sources that are not there, padding of 0 and of all',
  worker: 'Drops malformed packets and forwards the others',
  async run(attacker) {
    const { peer, watchers } = await publisher(attacker);
    const base = video({ payload: vp8Payload({ size: 40 }) });
    const lies = [];
    for (const first of [0x8f, 0x90, 0x9f, 0xa0, 0xaf, 0xb0, 0xbf]) {
      for (const last of [0, 1, 27, 28, 29, 40, 41, 52, 255]) {
        const packet = Buffer.from(base);
        packet[0] = first;
        packet[packet.length - 1] = last;
        lies.push(packet);
      }
    }
    for (let length = 0; length < 80; ++length) {
      const block = oneByteExtensions([
        [1, Buffer.alloc(16)],
        [2, Buffer.alloc(16)],
      ]);
      block[4] = 0x1f;
      block.writeUInt16BE(length, 2);
      lies.push(video({ extensions: block, payload: vp8Payload({ size: 40 }) }));
    }
    lies.forEach((packet, i) => packet.writeUInt16BE(100 + i, 2));
    lies.forEach(packet => peer.sendRtp(packet));
    for (let i = 0; i < 20; ++i) {
      peer.sendRtp(
        video({ sequenceNumber: 1000 + i, timestamp: 9000 * i, marker: true, payload: vp8Payload({ key: true }) }),
      );
    }
    await sleep(300);
    const got = watchers[0].takeRtp().length;
    assert.ok(got >= 20, `${got} packets came`);
    return `${lies.length} lies; what followed was forwarded`;
  },
});

attack({
  name: 'Random bytes, and random bytes behind a good header, 10,000 a second',
  worker: 'Drops or forwards them as they are; parsers read nothing beyond the end',
  async run(attacker) {
    const { peer } = await publisher(attacker);
    await attacker.flood({
      perSecond: 10_000,
      seconds: scaled(1),
      send: i => {
        const noise = crypto.randomBytes(1 + (i % 200));
        peer.sendRtp(i % 2 ? noise : video({ sequenceNumber: i, payload: noise }));
      },
    });
    return 'noise';
  },
});

attack({
  name: 'Sequence number and timestamp jumps in every packet',
  worker: 'Follows a jump when it is confirmed; retransmission requests and key frame requests are bounded',
  async run(attacker) {
    const { peer } = await publisher(attacker);
    peer.take();
    const seconds = scaled(1);
    const count = await attacker.flood({
      perSecond: 2000,
      seconds,
      send: i =>
        peer.sendRtp(
          video({
            sequenceNumber: crypto.randomInt(0x10000),
            timestamp: crypto.randomInt(0xffffffff),
            marker: i % 2 === 0,
            payload: vp8Payload({ key: i % 3 === 0, start: i % 2 === 0 }),
          }),
        ),
    });
    await sleep(100);
    const answers = peer.take();
    const bytes = answers.reduce((sum, each) => sum + each.length, 0);
    // The worker sends at most one RTCP compound per transport in 2 ms, the grid of NackTracker.
    assert.ok(answers.length <= 1000 * (seconds + 1), `${answers.length} datagrams of RTCP`);
    return `${count} jumps; ${answers.length} datagrams of RTCP came back, ${bytes} bytes`;
  },
});

attack({
  name: 'RTX abuse: repetitions of packets that never were, of numbers long gone, of themselves, and empty',
  worker: 'Drops what repeats nothing that is missing',
  async run(attacker) {
    const { peer, watchers } = await publisher(attacker, { rtx: kRtxSsrc });
    await sleep(100);
    watchers[0].takeRtp();
    const rtx = { payloadType: payloadTypes.rtx, ssrc: kRtxSsrc };
    const seconds = scaled(1);
    await attacker.flood({
      perSecond: 3000,
      seconds,
      send: i => {
        const original = video({ sequenceNumber: crypto.randomInt(0x10000), payload: vp8Payload({}) });
        const packet = rtxPacket(original, { ...rtx, sequenceNumber: i });
        peer.sendRtp(i % 4 ? packet : packet.subarray(0, 12 + (i % 3)));
      },
    });
    await sleep(100);
    return `${watchers[0].takeRtp().length} packets reached a receiver`;
  },
});

attack({
  name: 'One ssrc, mid or rid for two producers',
  worker: 'Refuses the second producer with an error; the first continues',
  async run(attacker) {
    const { peer, watchers } = await publisher(attacker);
    await assert.rejects(attacker.produce(peer.transport, { kind: 'video', ssrc: kSsrc }), /ssrc/i);
    await attacker.produce(peer.transport, {
      kind: 'video',
      ssrc: 1,
      change: parameters => ({ ...parameters, mid: 'one' }),
    });
    await assert.rejects(
      attacker.produce(peer.transport, {
        kind: 'video',
        ssrc: 2,
        change: parameters => ({ ...parameters, mid: 'one' }),
      }),
      /mid/i,
    );
    watchers[0].takeRtp();
    for (let i = 1; i <= 10; ++i) {
      peer.sendRtp(video({ sequenceNumber: i, timestamp: i * 3000, marker: true, payload: vp8Payload({ key: true }) }));
    }
    await sleep(200);
    const got = watchers[0].takeRtp().length;
    assert.equal(got, 10);
    return 'refused; the first producer is forwarded';
  },
});
