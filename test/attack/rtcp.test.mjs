// Attacks with RTCP from a participant.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { payloadTypes } from './support/Attacker.mjs';
import { attack } from './support/attacks.mjs';
import { scaled } from './support/limits.mjs';
import {
  bye,
  fullIntraRequest,
  nackRange,
  nackedNumbers,
  pictureLoss,
  pictureLosses,
  remb,
  reportBlock,
  rtcpPacket,
  rtcpPackets,
  transportFeedback,
} from './support/rtcp.mjs';
import { sleep } from './support/pace.mjs';
import { isRtp, rtpPacket, vp8Payload } from './support/rtp.mjs';

const kSsrc = 0xa77a0001;
const kSelf = 0xa77a0099;

/** Returns a camera that sends 100 packets/s of 1,000 bytes, and its viewer. */
async function cameraAndViewer(attacker, options) {
  const camera = await attacker.plain(options);
  const producer = await attacker.produce(camera.transport, { kind: 'video', ssrc: kSsrc });
  // Without RTX a repeated packet arrives under its own ssrc and number.
  const { codecs, headerExtensions } = attacker.router.rtpCapabilities;
  const rtpCapabilities = { codecs: codecs.filter(({ mimeType }) => !mimeType.endsWith('/rtx')), headerExtensions };
  const [viewer] = await attacker.audience(producer, { count: 1, enableRtx: true, rtpCapabilities, ...options });
  const [{ ssrc }] = viewer.consumer.rtpParameters.encodings;
  let number = 0;
  const shoot = () => {
    const payload = vp8Payload({ key: number % 100 === 0, size: 1000 });
    camera.sendRtp(
      rtpPacket({
        payloadType: payloadTypes.video,
        ssrc: kSsrc,
        sequenceNumber: number,
        timestamp: 900 * number,
        marker: true,
        payload,
      }),
    );
    ++number;
  };
  const timer = setInterval(shoot, 10);
  await sleep(300);
  return { camera, viewer, ssrc, producer, stop: () => clearInterval(timer), sent: () => number };
}

/** Takes the RTP packets that the viewer has received since the last call. */
function received(viewer) {
  const packets = viewer.take().filter(isRtp);
  return { packets, bytes: packets.reduce((sum, { length }) => sum + length, 0) };
}

/** Counts the requests that the camera has received since the last call. */
function requestsAt(camera) {
  const parts = camera.take().flatMap(bytes => (isRtp(bytes) ? [] : rtcpPackets(bytes)));
  return {
    keyFrames: parts.flatMap(pictureLosses).length,
    nacked: parts.filter(({ type }) => type === 205).flatMap(nackedNumbers).length,
  };
}

attack({
  name: 'PLI and FIR storm, 5,000 a second',
  worker: 'Asks the camera for at most one key frame in 250 ms',
  async run(attacker) {
    const { camera, viewer, ssrc, stop } = await cameraAndViewer(attacker);
    camera.take();
    const seconds = scaled(1);
    const began = performance.now();
    const count = await attacker.flood({
      perSecond: 5000,
      seconds,
      send: i => viewer.sendRtcp(i % 2 ? pictureLoss(kSelf, ssrc) : fullIntraRequest(kSelf, ssrc, i)),
    });
    await sleep(100);
    stop();
    const { keyFrames } = requestsAt(camera);
    const limit = 2 + Math.ceil((performance.now() - began) / 250);
    assert.ok(keyFrames <= limit, `${keyFrames} requests for a key frame, over ${limit}`);
    return `${keyFrames} requests reached the camera of ${count}`;
  },
});

attack({
  name: 'Lies in REMB, transport-wide feedback and reports: rates of 0 and 2^81, packets never sent, negative losses',
  worker: 'Uses it for that peer alone; even its own stream goes on',
  async run(attacker) {
    const { viewer, ssrc, stop, sent } = await cameraAndViewer(attacker);
    received(viewer);
    const before = sent();
    const lies = [
      () => remb(kSelf, [ssrc], { exponent: 63, mantissa: 0x3ffff }),
      () => remb(kSelf, [ssrc], { exponent: 0, mantissa: 0 }),
      () => remb(kSelf, Array.from({ length: 255 }, () => crypto.randomInt(0xffffffff)), { exponent: 10, mantissa: 1 }),
      () => transportFeedback(kSelf, ssrc, { base: crypto.randomInt(0x10000), count: 0xffff, status: crypto.randomInt(4) }),
      () => transportFeedback(kSelf, ssrc, { base: 0, count: 0, reference: crypto.randomInt(0x1000000) }),
      () => reportBlock(kSelf, ssrc, { lost: 0xff800000, highest: 0xffffffff, jitter: 0xffffffff }),
      () => reportBlock(kSelf, ssrc, { lastReport: crypto.randomInt(0xffffffff), delay: 0xffffffff }),
      () => reportBlock(ssrc, ssrc, { lost: 0x7fffff }),
    ];
    await attacker.flood({ perSecond: 3000, seconds: scaled(1), send: i => viewer.sendRtcp(lies[i % lies.length]()) });
    await sleep(100);
    stop();
    const { packets } = received(viewer);
    assert.ok(packets.length >= 0.9 * (sent() - before), `${packets.length} packets of ${sent() - before}`);
    return `the liar got ${packets.length} packets of ${sent() - before}`;
  },
});

attack({
  name: 'RTCP with wrong lengths, compounds of 150 packets, unknown types, empty packets',
  worker: 'Reads up to the first fault and drops the rest as malformed',
  async run(attacker) {
    const { viewer, ssrc, stop } = await cameraAndViewer(attacker);
    await attacker.flood({
      perSecond: 3000,
      seconds: scaled(1),
      send: i => {
        const packet = rtcpPacket(192 + (i % 32), i % 32, [kSelf, ssrc, ...Array.from({ length: i % 9 }, () => 0xffffffff)]);
        if (i % 3 === 0) {
          packet.writeUInt16BE(crypto.randomInt(0x10000), 2);
        }
        viewer.sendRtcp(i % 5 ? packet : Buffer.concat(Array.from({ length: 150 }, () => rtcpPacket(201, 0, [kSelf]))));
      },
    });
    stop();
    return 'none of it was answered';
  },
});

attack({
  name: 'BYE for ssrcs of everybody, in packets of 31',
  worker: "Ends none but the sender's own streams",
  async run(attacker) {
    const { viewer, ssrc, stop, sent } = await cameraAndViewer(attacker);
    received(viewer);
    const before = sent();
    // The ssrcs of the call, of the camera and of the consumer.
    const ssrcs = [0xca110001, 0xca110002, kSsrc, ssrc, ...Array.from({ length: 27 }, (_, i) => i)];
    await attacker.flood({ perSecond: 1000, seconds: scaled(0.5), send: () => viewer.sendRtcp(bye(ssrcs)) });
    await sleep(100);
    stop();
    const { packets } = received(viewer);
    assert.ok(packets.length >= 0.9 * (sent() - before), `${packets.length} packets of ${sent() - before}`);
    return `the stream went on: ${packets.length} of ${sent() - before} packets`;
  },
});

attack({
  name: 'NACKs for numbers that were never sent, 5,000 a second with 850 numbers each',
  worker: 'Sends nothing',
  async run(attacker) {
    const { viewer, ssrc, stop } = await cameraAndViewer(attacker);
    const [last] = viewer.take().filter(isRtp).slice(-1);
    const first = last.readUInt16BE(2) + 20_000;
    const before = received(viewer);
    assert.ok(before.bytes >= 0);
    const count = await attacker.flood({
      perSecond: 5000,
      seconds: scaled(1),
      send: () => viewer.sendRtcp(nackRange(kSelf, ssrc, first, 850)),
    });
    await sleep(100);
    stop();
    const { packets } = received(viewer);
    const numbers = packets.map(packet => packet.readUInt16BE(2));
    assert.equal(new Set(numbers).size, numbers.length, 'something was sent again');
    return `nothing was repeated for ${count} NACKs`;
  },
});
