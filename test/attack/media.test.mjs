// Attacks with authentic media: floods, and packets that make the worker wait for others.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { payloadTypes } from './support/Attacker.mjs';
import { attack } from './support/attacks.mjs';
import { makeCertificate } from './support/certificate.mjs';
import { kPoolMemory, scaled } from './support/limits.mjs';
import { burst, sleep } from './support/pace.mjs';
import { oneByteExtensions, rtpPacket, vp8Payload } from './support/rtp.mjs';
import { kernelDrops, kHome, udpListenInfo } from './support/udp.mjs';

const kVideoSsrc = 0xa77a0001;
const kAudioSsrc = 0xa77a0002;
const certificate = makeCertificate();
const memory = { peakMemory: kPoolMemory, leftMemory: kPoolMemory };

const video = (number, size = 200, key = number % 100 === 0) =>
  rtpPacket({
    payloadType: payloadTypes.video,
    ssrc: kVideoSsrc,
    sequenceNumber: number,
    timestamp: number * 9,
    marker: true,
    payload: vp8Payload({ key, size }),
  });

const audio = number =>
  rtpPacket({
    payloadType: payloadTypes.audio,
    ssrc: kAudioSsrc,
    sequenceNumber: number,
    timestamp: number * 960,
    payload: crypto.randomBytes(80),
  });

attack({
  name: 'ASVS V17.2.5: a flood of authentic SRTP video, 10,000 packets/s, from one participant to one viewer',
  worker: "Forwards or sheds it; other participants' media is not affected",
  bounds: memory,
  async run(attacker) {
    const flooder = await attacker.webRtc();
    await flooder.establish({ certificate });
    const producer = await attacker.produce(flooder.transport, { kind: 'video', ssrc: kVideoSsrc });
    const [viewer] = await attacker.audience(producer, { count: 1, srtp: 'AEAD_AES_128_GCM' });
    const count = await attacker.flood({ perSecond: 10_000, seconds: scaled(1), send: i => flooder.sendRtp(video(i)) });
    await sleep(100);
    return `${viewer.take().length} of ${count} packets reached the viewer`;
  },
});

attack({
  name: 'ASVS V17.2.7: a flood of authentic SRTP video, 10,000 packets/s, beside the audio that a recorder receives',
  worker: 'Delivers the audio to the recorder',
  bounds: memory,
  async run(attacker) {
    const flooder = await attacker.webRtc();
    await flooder.establish({ certificate });
    const flood = await attacker.produce(flooder.transport, { kind: 'video', ssrc: kVideoSsrc });
    const speech = await attacker.produce(flooder.transport, { kind: 'audio', ssrc: kAudioSsrc });
    await attacker.audience(flood, { count: 2 });
    const [recorder] = await attacker.audience(speech, { count: 1 });
    const numbers = new Set();
    recorder.socket.on('message', bytes => bytes[1] % 128 === payloadTypes.audio && numbers.add(bytes.readUInt16BE(2)));
    let spoken = 0;
    await attacker.flood({
      perSecond: 10_000,
      seconds: scaled(1),
      send: i => {
        flooder.sendRtp(video(i));
        if (i % 200 === 0) {
          flooder.sendRtp(audio(spoken++));
        }
      },
    });
    await sleep(200);
    const dropped = kernelDrops(flooder.port);
    assert.ok(
      numbers.size >= 0.99 * spoken - dropped,
      `${numbers.size} packets of ${spoken}; the kernel dropped ${dropped}`,
    );
    return `${numbers.size} of ${spoken} packets of audio were recorded`;
  },
});

attack({
  name: '12 encodings of 4 ssrcs: 48,000 packets behind gaps and for structures that never come, then silence',
  worker: 'Bounds the packets held behind gaps by transport and by age; audio, STUN and DTLS always get a buffer',
  bounds: memory,
  async run(attacker) {
    const kDescriptor = 'https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension';
    const kRidId = 1;
    const kDescriptorId = 2;
    const kEncodings = 12;
    const kSsrcs = 4 * kEncodings;
    const kEach = 1000;
    const peer = await attacker.plain();
    await attacker.produce(peer.transport, {
      kind: 'video',
      ssrc: 0,
      change: ({ codecs, rtcp }) => ({
        codecs,
        rtcp,
        headerExtensions: [
          { uri: 'urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id', id: kRidId },
          { uri: kDescriptor, id: kDescriptorId },
        ],
        encodings: Array.from({ length: kEncodings }, (_, i) => ({ rid: `r${i}` })),
      }),
    });
    const packet = (stream, number) =>
      rtpPacket({
        payloadType: payloadTypes.video,
        ssrc: 0x0c000000 + stream,
        sequenceNumber: number,
        timestamp: 90 * number,
        extensions: oneByteExtensions([
          [kRidId, Buffer.from(`r${stream % kEncodings}`)],
          // A complete frame of a template whose structure never arrives.
          [kDescriptorId, Buffer.from([0xc0, number >> 8, number & 0xff])],
        ]),
        payload: vp8Payload({ start: false, size: 20 }),
      });
    const before = await attacker.room.dump();
    // One ssrc after another. Each lacks the packet with number 1, so that the others wait for it.
    await burst({
      count: kSsrcs * kEach,
      send: i => {
        const number = i % kEach;
        peer.sendRtp(packet(Math.floor(i / kEach), number === 0 ? 0 : number + 1));
      },
    });
    await sleep(1500);
    const after = await attacker.room.dump();
    const dry = (after.ingress.drops.poolDry ?? 0) - (before.ingress.drops.poolDry ?? 0);
    const newcomer = await attacker.webRtc();
    await newcomer.establish({ certificate });
    return `the call and a newcomer's handshake continue; ${dry} datagrams found the pool dry`;
  },
});

const kListeners = 20;
attack({
  name: `5,000 audio packets/s to ${kListeners} consumers`,
  worker: 'Forwards 1,000 packets/s of the producer and drops the rest',
  // Each forwarded packet is sent to all consumers.
  bounds: { ...memory, cpuPerDatagram: 200e-6 },
  async run(attacker) {
    const speaker = await attacker.plain({ connect: false, transport: { comedia: true } });
    const producer = await attacker.produce(speaker.transport, { kind: 'audio', ssrc: kAudioSsrc });
    const sink = await attacker.socket({ keep: false });
    for (let i = 0; i < kListeners; ++i) {
      const transport = await attacker.router.createPlainTransport({ listenInfo: udpListenInfo, rtcpMux: true });
      await transport.connect({ ip: kHome, port: sink.address().port });
      await attacker.consume(transport, producer);
    }
    const seconds = scaled(2);
    const hose = await attacker.hose({
      packets: [audio(0)],
      port: speaker.port,
      perSecond: 5000,
      seconds,
      sequence: true,
    });
    const before = await attacker.room.figures();
    const count = await hose.run();
    await sleep(100);
    const after = await attacker.room.figures();
    const policed = (after.drops.policed ?? 0) - (before.drops.policed ?? 0);
    // The worker's limit for audio: 1,000 packets/s, and half of that at once.
    const allowed = 500 + (after.at - before.at);
    assert.ok(count - kernelDrops(speaker.port) - policed <= allowed, `${policed} of ${count} packets were policed`);
    return `${policed} of ${count} packets policed`;
  },
});
