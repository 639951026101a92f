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
  receiverReport,
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
  worker: 'Uses it for that peer alone; even its own stream continues',
  async run(attacker) {
    const { viewer, ssrc, stop, sent } = await cameraAndViewer(attacker);
    received(viewer);
    const before = sent();
    const lies = [
      () => remb(kSelf, [ssrc], { exponent: 63, mantissa: 0x3ffff }),
      () => remb(kSelf, [ssrc], { exponent: 0, mantissa: 0 }),
      () =>
        remb(
          kSelf,
          Array.from({ length: 255 }, () => crypto.randomInt(0xffffffff)),
          { exponent: 10, mantissa: 1 },
        ),
      () =>
        transportFeedback(kSelf, ssrc, { base: crypto.randomInt(0x10000), count: 0xffff, status: crypto.randomInt(4) }),
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
        const packet = rtcpPacket(192 + (i % 32), i % 32, [
          kSelf,
          ssrc,
          ...Array.from({ length: i % 9 }, () => 0xffffffff),
        ]);
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

attack({
  name: 'Alternating BYE and RTP, 4,000 pairs a second',
  worker: 'Reports at most 5 scores a second for each object',
  async run(attacker) {
    const peer = await attacker.plain();
    const producer = await attacker.produce(peer.transport, { kind: 'audio', ssrc: kSsrc });
    const watchers = await attacker.audience(producer, { count: 4 });
    let events = 0;
    producer.on('score', () => ++events);
    watchers.forEach(({ consumer }) => consumer.on('score', () => ++events));
    const seconds = scaled(1);
    const pairs = await attacker.flood({
      perSecond: 4000,
      seconds,
      send: i => {
        peer.sendRtcp(Buffer.concat([receiverReport(kSsrc), bye([kSsrc])]));
        peer.sendRtp(
          rtpPacket({ payloadType: payloadTypes.audio, ssrc: kSsrc, sequenceNumber: i, payload: Buffer.alloc(20) }),
        );
      },
    });
    await sleep(300);
    const kPerSecond = 5;
    const limit = (1 + watchers.length) * (kPerSecond * (seconds + 1.5) + 2);
    assert.ok(events <= limit, `${events} events, over ${limit}`);
    return `${events} score events for ${pairs} pairs`;
  },
});

/** Returns the middle 32 bits of the NTP time in the last sender report for the ssrc, or null. */
function lastReportOf(datagrams, ssrc) {
  let last = null;
  for (const bytes of datagrams.filter(each => !isRtp(each))) {
    for (const { type, body } of rtcpPackets(bytes)) {
      if (type === 200 && bytes.readUInt32BE(4) === ssrc) {
        last = body.readUInt32BE(2);
      }
    }
  }
  return last;
}

attack({
  name: 'NACK storm: 500 a second for the last 100 packets, with reports that claim a round trip of nothing',
  worker: 'Sends a packet again at most 3 times in 200 ms, within a budget of about the media rate',
  async run(attacker) {
    const { viewer, ssrc, stop } = await cameraAndViewer(attacker);
    await sleep(1000);
    let report = null;
    let newest = 0;
    let bytes = 0;
    let copies = 0;
    let packets = 0;
    const seen = new Set();
    viewer.socket.on('message', message => {
      if (!isRtp(message)) {
        report = lastReportOf([message], ssrc) ?? report;
        return;
      }
      const number = message.readUInt16BE(2);
      newest = seen.has(number) ? newest : number;
      bytes += message.length;
      packets += 1;
      copies += seen.has(number) ? 1 : 0;
      seen.add(number);
    });
    const seconds = scaled(2);
    const count = await attacker.flood({
      perSecond: 500,
      seconds,
      send: i => {
        if (report !== null && i % 10 === 0) {
          // A delay that is too long makes the round trip zero.
          viewer.sendRtcp(reportBlock(kSelf, ssrc, { lastReport: report, delay: 0x00ffffff, highest: newest }));
        }
        viewer.sendRtcp(nackRange(kSelf, ssrc, (newest - 100) & 0xffff, 100));
      },
    });
    await sleep(100);
    stop();
    const media = packets - copies;
    const kBudget = 2;
    assert.ok(copies <= kBudget * media + 200, `${copies} copies of ${media} packets`);
    return `${copies} copies of ${media} packets for ${count} NACKs of 100 numbers, ${bytes} bytes in all`;
  },
});

attack({
  name: 'Comedia: RTCP from another host than RTP, before and after RTCP of the right one',
  worker: "Takes RTCP from RTP's host alone",
  async run(attacker) {
    const peer = await attacker.plain({ connect: false, transport: { comedia: true, rtcpMux: false } });
    await attacker.produce(peer.transport, { kind: 'video', ssrc: 1 });
    const rtcpPort = peer.transport.rtcpTuple.localPort;
    const thief = await attacker.socket({ ip: '127.0.0.9' });
    const own = await attacker.socket();
    peer.sendRtp(rtpPacket({ payloadType: payloadTypes.video, ssrc: 1, payload: vp8Payload({ key: true }) }));
    await sleep(50);
    attacker.send(thief, receiverReport(7), rtcpPort);
    await sleep(50);
    await peer.transport.dump();
    assert.equal(peer.transport.rtcpTuple.remoteIp, undefined);
    attacker.send(own, receiverReport(7), rtcpPort);
    await sleep(50);
    await peer.transport.dump();
    assert.equal(peer.transport.rtcpTuple.remotePort, own.address().port);
    return 'the other host learned nothing';
  },
});
