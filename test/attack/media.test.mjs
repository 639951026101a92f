// Attacks with authentic media: floods, and packets that make the worker wait for others.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { payloadTypes } from './support/Attacker.mjs';
import { attack } from './support/attacks.mjs';
import { makeCertificate } from './support/certificate.mjs';
import { kPoolMemory, scaled } from './support/limits.mjs';
import { sleep } from './support/pace.mjs';
import { rtpPacket, vp8Payload } from './support/rtp.mjs';
import { kernelDrops } from './support/udp.mjs';

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
    assert.ok(numbers.size >= 0.99 * spoken - dropped, `${numbers.size} packets of ${spoken}; the kernel dropped ${dropped}`);
    return `${numbers.size} of ${spoken} packets of audio were recorded`;
  },
});
