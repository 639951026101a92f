// Attacks with parameters that the controller passes on: too long, too many, or contradictory.
import assert from 'node:assert/strict';
import { attack } from './support/attacks.mjs';
import { sleep } from './support/pace.mjs';
import { senderReport } from './support/rtcp.mjs';
import { rtpPacket, vp8Payload } from './support/rtp.mjs';

const kSsrc = 0xa77a0001;
const text = length => 'a'.repeat(length);
const withEncodings = encodings => parameters => ({ ...parameters, encodings });

/** [description, options of produce()]: the controller passes them on, the worker must refuse them. */
const refused = [
  ['a cname of 256 bytes', { cname: text(256) }],
  ['a cname of 100,000 bytes', { cname: text(100_000) }],
  ['a mid of 256 bytes', { change: parameters => ({ ...parameters, mid: text(256) }) }],
  ['a rid of 256 bytes', { change: withEncodings([{ rid: text(256) }]) }],
  ['an msid of 100,000 bytes', { change: parameters => ({ ...parameters, msid: text(100_000) }) }],
  ['scalabilityMode L99T99', { change: withEncodings([{ ssrc: kSsrc, scalabilityMode: 'L99T99' }]) }],
  ['one ssrc for media and RTX', { rtx: kSsrc }],
  ['one ssrc for two encodings', { change: withEncodings([{ ssrc: kSsrc }, { ssrc: kSsrc }]) }],
  [
    'one rid for two encodings',
    {
      change: withEncodings([
        { ssrc: kSsrc, rid: 'a' },
        { ssrc: kSsrc + 1, rid: 'a' },
      ]),
    },
  ],
  ['no encodings', { change: withEncodings([]) }],
  ['1,000 encodings', { change: withEncodings(Array.from({ length: 1000 }, (_, i) => ({ ssrc: i + 1 }))) }],
];

attack({
  name: 'produce() with parameters that are too long, too many or contradictory, with sender reports due',
  worker: 'Answers each with a TypeError; the transport continues',
  async run(attacker) {
    for (const [what, options] of refused) {
      // The controller uses the cname of a transport's first producer for all of them.
      const { transport } = await attacker.plain();
      await assert.rejects(
        attacker.produce(transport, { kind: 'video', ssrc: kSsrc, ...options }),
        error => error instanceof TypeError,
        what,
      );
    }
    const peer = await attacker.plain();
    // RFC 3550, section 6.5: a cname has at most 255 bytes. It must reach the viewer in a report.
    const producer = await attacker.produce(peer.transport, { kind: 'video', ssrc: kSsrc, cname: text(255) });
    const [viewer] = await attacker.audience(producer, { count: 1 });
    for (let i = 0; i < 20; ++i) {
      peer.sendRtcp(senderReport(kSsrc, { time: Date.now(), timestamp: i * 9000, packets: i, octets: 100 * i }));
      const payload = vp8Payload({ key: i === 0 });
      peer.sendRtp(
        rtpPacket({ payloadType: 101, ssrc: kSsrc, sequenceNumber: i, timestamp: i * 9000, marker: true, payload }),
      );
      await sleep(100);
    }
    const reports = viewer.take().filter(bytes => bytes[1] === 200);
    assert.ok(
      reports.some(bytes => bytes.includes(text(255))),
      'no report with a cname of 255 bytes',
    );
    return `${refused.length} kinds refused; a cname of 255 bytes goes out in ${reports.length} reports`;
  },
});
