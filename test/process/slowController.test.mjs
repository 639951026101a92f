// A controller that does not read for a while: the notifications that it receives when it reads again.
import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import { test } from 'node:test';
import { Event, FbsProducer, NotificationBody } from './support/schema.mjs';
import { WorkerProcess } from './support/WorkerProcess.mjs';

const mediaCodecs = [{ kind: 'audio', mimeType: 'audio/opus', clockRate: 48_000, channels: 2 }];
const listenInfo = { protocol: 'udp', ip: '127.0.0.1' };
const sleep = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds));

function opus(ssrc) {
  return {
    kind: 'audio',
    rtpParameters: {
      codecs: [{ mimeType: 'audio/opus', payloadType: 100, clockRate: 48_000, channels: 2 }],
      encodings: [{ ssrc }],
    },
  };
}

function rtpPacket(ssrc, sequenceNumber, size) {
  const packet = Buffer.alloc(size);
  packet.set([0x80, 100]);
  packet.writeUInt16BE(sequenceNumber & 0xffff, 2);
  packet.writeUInt32BE((sequenceNumber * 960) >>> 0, 4);
  packet.writeUInt32BE(ssrc, 8);
  return packet;
}

/** RFC 3550 section 6.6. */
function byePacket(ssrc) {
  const packet = Buffer.from([0x81, 203, 0, 1, 0, 0, 0, 0]);
  packet.writeUInt32BE(ssrc, 4);
  return packet;
}

const kFlooded = 24;
const kFirstFloodSsrc = 10_000;

/** Sends more packets than the output queue holds, through producers of a direct transport: 500 each, within their limit. */
async function flood(worker, producers) {
  for (let i = 0; i < 12_000; ++i) {
    const builder = worker.bufferBuilder;
    const index = i % producers.length;
    const packet = rtpPacket(kFirstFloodSsrc + index, Math.floor(i / producers.length), 1000);
    const data = FbsProducer.SendNotification.createDataVector(builder, packet);
    const message = worker.encodeNotification(Event.PRODUCER_SEND, {
      handlerId: producers[index].id,
      bodyType: NotificationBody.Producer_SendNotification,
      bodyOffset: FbsProducer.SendNotification.createSendNotification(builder, data),
    });
    if (!worker.input.write(message)) {
      await new Promise(resolve => worker.input.once('drain', resolve));
    }
  }
}

test('SlowControllerTest: reports closed producers and the newest score when the controller reads again', async context => {
  const kSpeaker = 2222;
  const worker = await WorkerProcess.start({ args: ['--logLevel=warn'] });
  const router = await worker.createRouter(mediaCodecs);
  const [direct, plain] = await Promise.all([
    router.createDirectTransport(),
    router.createPlainTransport({ listenInfo, comedia: true, rtcpMux: true }),
  ]);
  const flooding = [];
  for (let i = 0; i < kFlooded; ++i) {
    flooding.push(await direct.produce(opus(kFirstFloodSsrc + i)));
  }
  const leaving = await direct.produce(opus(3333));
  const speaking = await plain.produce(opus(kSpeaker));
  const { rtpCapabilities } = router;
  const left = await direct.consume({ producerId: leaving.id, rtpCapabilities });
  const listening = await direct.consume({ producerId: speaking.id, rtpCapabilities });

  let packets = 0;
  for (const { id } of flooding) {
    const flooded = await direct.consume({ producerId: id, rtpCapabilities });
    flooded.on('rtp', () => ++packets);
  }
  let producerClosed = false;
  left.once('producerclose', () => (producerClosed = true));
  const scores = { producer: [], consumer: [] };
  speaking.on('score', ([{ score }]) => scores.producer.push(score));
  listening.on('score', ({ producerScore }) => scores.consumer.push(producerScore));

  worker.output.pause();
  await flood(worker, flooding);
  const socket = dgram.createSocket('udp4');
  context.after(() => socket.close());
  const send = packet => new Promise(resolve => socket.send(packet, plain.tuple.localPort, '127.0.0.1', resolve));
  for (let i = 0; i < 10; ++i) {
    await send(byePacket(kSpeaker));
    await send(rtpPacket(kSpeaker, i, 100));
    await sleep(20);
  }
  await send(byePacket(kSpeaker));
  leaving.close();
  // Later than any delayed score.
  await sleep(600);
  worker.output.resume();
  const drained = /^Wchannel: the controller reads again, dropped meanwhile: packet \d+$/m;
  // Frames arrive in order: this response follows all earlier ones.
  await router.dump();
  for (let i = 0; i < 250 && !drained.test(worker.logs.join('\n')); ++i) {
    await sleep(20);
  }

  assert.ok(packets > 0 && packets < 12_000, `${packets} packets came: nothing was dropped`);
  assert.ok(producerClosed, 'no producerclose came');
  assert.equal(scores.producer.at(-1), 0, `scores of the producer: ${scores.producer}`);
  assert.equal(scores.consumer.at(-1), 0, `scores of the consumer: ${scores.consumer}`);
  assert.ok(scores.producer.length <= 4, `${scores.producer.length} scores waited, not the newest`);
  assert.match(worker.logs.join('\n'), /^Wchannel: the controller does not read/m);
  assert.match(worker.logs.join('\n'), drained);
  assert.deepEqual(await worker.close(), { code: 0, signal: null });
});
