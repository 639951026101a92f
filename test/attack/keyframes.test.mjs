// Attacks on batched sending: key frames of many packets, and NACKs for all of them.
import assert from 'node:assert/strict';
import { payloadTypes } from './support/Attacker.mjs';
import { attack } from './support/attacks.mjs';
import { makeCertificate } from './support/certificate.mjs';
import { sleep } from './support/pace.mjs';
import { nackRange } from './support/rtcp.mjs';
import { rtpPacket, vp8Payload } from './support/rtp.mjs';

const kSsrc = 0xa77a0001;
const kSelf = 0xa77a0099;
const kFullSize = 1200;
const kTailSize = 60;
// Some of these exceed the 65,507 bytes of one segmented send, with SRTP and without.
const kFullPackets = [50, 51, 52, 53, 54, 55, 60];
const certificate = makeCertificate();

/** Returns the packets of a key frame: `full` full ones and a short last one. */
function keyFrame(full, firstNumber, timestamp) {
  return Array.from({ length: full + 1 }, (_, i) =>
    rtpPacket({
      payloadType: payloadTypes.video,
      ssrc: kSsrc,
      sequenceNumber: firstNumber + i,
      timestamp,
      marker: i === full,
      payload: vp8Payload({ start: i === 0, key: true, size: (i < full ? kFullSize : kTailSize) - 12 }),
    }),
  );
}

/** Returns the packets received until there are `count`, or for two seconds. */
async function packetsAt(viewer, count) {
  const packets = [];
  for (let i = 0; i < 200 && packets.length < count; ++i) {
    await sleep(10);
    packets.push(...viewer.takeRtp());
  }
  return packets;
}

const viewers = {
  'plain RTP': attacker => attacker.plain(),
  SRTP: attacker => attacker.plain({ srtp: 'AEAD_AES_128_GCM' }),
  'WebRTC by UDP': async attacker => {
    const peer = await attacker.webRtc();
    await peer.establish({ certificate });
    return peer;
  },
  'WebRTC by TCP': async attacker => {
    const peer = await attacker.webRtc({ protocol: 'tcp' });
    await peer.establish({ certificate });
    return peer;
  },
};

for (const [way, open] of Object.entries(viewers)) {
  for (const withRtx of [false, true]) {
    attack({
      name: `Key frames of 50 to 60 full packets and a short one, a NACK for all of each: ${way}, RTX ${withRtx ? 'on' : 'off'}`,
      worker: 'Sends each frame, and each of its packets again',
      async run(attacker) {
        const camera = await attacker.plain();
        const producer = await attacker.produce(camera.transport, { kind: 'video', ssrc: kSsrc });
        const viewer = await open(attacker);
        const { codecs, headerExtensions } = attacker.router.rtpCapabilities;
        const wanted = codecs.filter(({ mimeType }) => withRtx || !mimeType.endsWith('/rtx'));
        const rtpCapabilities = { codecs: wanted, headerExtensions };
        const consumer = await attacker.consume(viewer.transport, producer, { enableRtx: true, rtpCapabilities });
        const [{ ssrc, rtx }] = consumer.rtpParameters.encodings;
        assert.equal(rtx !== undefined, withRtx);
        viewer.take();
        let number = 100;
        for (const full of kFullPackets) {
          keyFrame(full, number, number * 90).forEach(packet => camera.sendRtp(packet));
          number += full + 1;
          const frame = await packetsAt(viewer, full + 1);
          assert.equal(frame.length, full + 1, `a frame of ${full} full packets`);
          viewer.sendRtcp(nackRange(kSelf, ssrc, frame[0].readUInt16BE(2), full + 1));
          const again = await packetsAt(viewer, full + 1);
          assert.equal(again.length, full + 1, `the NACK for ${full} full packets`);
          assert.ok(again.every(packet => packet?.readUInt32BE(8) === (withRtx ? rtx.ssrc : ssrc)));
        }
        return `${number - 100} packets, each of them twice`;
      },
    });
  }
}
