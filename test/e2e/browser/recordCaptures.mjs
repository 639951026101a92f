// Records RTP that Chromium publishes, with all layers, for tests (doc/streams.md): node recordCaptures.mjs [way...]
// Each capture has a few groups of pictures. Each group begins with a key picture of all layers.
import dgram from 'node:dgram';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import path from 'node:path';
import { isRtcp, pictureLoss } from '../../support/rtcp.mjs';
import { Stage } from './support/Stage.mjs';
import { pause, video, ways } from './support/scenario.mjs';
import { until } from './support/until.mjs';

const folder = path.join(import.meta.dirname, '../../captures');
const ip = '127.0.0.1';
const size = { width: 960, height: 540, rate: 15 };
const kDependencyDescriptor = 'https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension';
const kGroups = 3;
const kGroupMs = 1070; // 16 pictures
const kMaxBitrates = [40_000, 80_000, 160_000]; // of simulcast
const kMaxBitrate = 800_000; // of SVC: with less, the encoder leaves out a layer

function withBitrates(encodings) {
  const simulcast = encodings.length > 1;
  return encodings.map((encoding, i) => ({ ...encoding, maxBitrate: simulcast ? kMaxBitrates[i] : kMaxBitrate }));
}

/** Writes the format of rtpdump, which Wireshark reads too: a line, a header, then each packet with its length and time. */
function rtpdump(packets) {
  const start = packets[0].time;
  const head = Buffer.from(`#!rtpplay1.0 ${ip}/0\n`);
  const header = Buffer.alloc(16); // time and source: zero, so that captures are reproducible
  const records = packets.flatMap(({ time, bytes }) => {
    const record = Buffer.alloc(8);
    record.writeUInt16BE(record.length + bytes.length, 0);
    record.writeUInt16BE(bytes.length, 2);
    record.writeUInt32BE(Math.round(time - start), 4);
    return [record, bytes];
  });
  return Buffer.concat([head, header, ...records]);
}

async function record(stage, way) {
  const ann = await stage.enter();
  const producer = await ann.publish(await ann.connect('send'), {
    ...video(way),
    size,
    encodings: withBitrates(ways[way].encodings),
  });
  const socket = dgram.createSocket({ type: 'udp4', recvBufferSize: 1 << 20 });
  socket.bind(0, ip);
  await once(socket, 'listening');
  const { router } = stage.conference;
  const transport = await router.createPlainTransport({ listenInfo: { protocol: 'udp', ip }, rtcpMux: true });
  await transport.connect({ ip, port: socket.address().port });
  // No RTX: no packet is lost between the worker and this socket.
  const codecs = router.rtpCapabilities.codecs.filter(({ mimeType }) => !mimeType.endsWith('/rtx'));
  const { headerExtensions } = router.rtpCapabilities;
  // The controller forwards it to its own pipe transports only.
  const descriptor = headerExtensions.find(({ uri, kind }) => uri === kDependencyDescriptor && kind === 'video');
  const { uri, preferredId: id } = descriptor;
  const consumable = producer.consumableRtpParameters;
  consumable.headerExtensions.push({ uri, id, encrypt: false, parameters: {} });
  Object.defineProperty(producer, 'consumableRtpParameters', { value: consumable });
  const consumer = await transport.consume({
    producerId: producer.id,
    rtpCapabilities: { codecs, headerExtensions },
    pipe: true,
  });
  const ssrcs = consumer.rtpParameters.encodings.map(({ ssrc }) => ssrc);
  const packets = [];
  socket.on('message', bytes => {
    if (!isRtcp(bytes)) {
      packets.push({ time: performance.now(), bytes });
    }
  });
  const ask = () => ssrcs.forEach(ssrc => socket.send(pictureLoss(1, ssrc), transport.tuple.localPort, ip));

  await until(
    'every encoding',
    () => ssrcs.every(ssrc => packets.some(({ bytes }) => bytes.readUInt32BE(8) === ssrc)),
    each => each,
  );
  await pause(5000); // until the encoder has settled
  ask();
  await pause(kGroupMs);
  packets.length = 0;
  for (let i = 0; i <= kGroups; ++i) {
    ask();
    await pause(kGroupMs);
  }
  const name = way.replaceAll(' ', '-');
  await fs.mkdir(folder, { recursive: true });
  await fs.writeFile(path.join(folder, `${name}.rtpdump`), rtpdump(packets));
  console.log(`${name}: ${packets.length} packets, dependency descriptor in extension ${id}`);
  socket.close();
}

const wanted = process.argv.slice(2);
for (const way of wanted.length > 0 ? wanted : Object.keys(ways).filter(name => name !== 'VP8 single')) {
  const ends = [];
  const stage = await Stage.open({ after: work => ends.push(work) });
  try {
    await record(stage, way);
  } finally {
    for (const end of ends) {
      await end();
    }
  }
}
