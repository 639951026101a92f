// The peers of the well-behaved call, in a separate thread so that a busy attacker does not delay them. The thread publishes
// numbered packets of audio and video as plain RTP and counts the packets at each receiver.
import { parentPort, workerData } from 'node:worker_threads';
import { pictureLosses, rtcpPackets } from './rtcp.mjs';
import { isRtp, rtpPacket } from './rtp.mjs';
import { kernelDrops, udpSocket } from './udp.mjs';

const kTickMs = 10;
// A late sender catches up by at most this, so that it does not send one large burst.
const kCatchUpMs = 100;
const kMarker = 0xca11ca11;

/** By kind; `every`: milliseconds between packets. Video has frames of four packets, and a key frame each second. */
const kStreams = {
  audio: { every: 20, size: 80, clock: 48_000, frame: 1 },
  video: { every: 10, size: 1000, clock: 90_000, frame: 4 },
};
const kKeyFrameEvery = 100;

const { receivers: receiverCount, streams } = workerData;
const publisher = await udpSocket();
const sent = { audio: 0, video: 0 };
const late = { maxMs: 0 };
let remotePort = null;
let began = 0;
let skippedMs = 0;
let keyWanted = false;
let keyFrame = false;

publisher.on('message', bytes => {
  keyWanted ||= !isRtp(bytes) && rtcpPackets(bytes).some(packet => pictureLosses(packet).length > 0);
});

function makeReceiver(socket) {
  const receiver = { socket, got: { audio: new Set(), video: new Set() }, corrupt: 0, lastAt: 0, longestGapMs: 0 };
  socket.on('message', bytes => {
    if (!isRtp(bytes)) {
      return;
    }
    const kind = (bytes[1] & 0x7f) === streams.audio.payloadType ? 'audio' : 'video';
    const end = bytes.length;
    if (end < 24 || bytes.readUInt32BE(end - 8) !== kMarker) {
      ++receiver.corrupt;
      return;
    }
    receiver.got[kind].add(bytes.readUInt32BE(end - 4));
    const now = performance.now();
    receiver.longestGapMs = Math.max(receiver.longestGapMs, receiver.lastAt ? now - receiver.lastAt : 0);
    receiver.lastAt = now;
  });
  return receiver;
}

const receivers = [];
for (let i = 0; i < receiverCount; ++i) {
  receivers.push(makeReceiver(await udpSocket()));
}

function send(kind) {
  const { every, size, clock, frame } = kStreams[kind];
  const number = sent[kind]++;
  const payload = Buffer.alloc(size);
  const start = number % frame === 0;
  if (kind === 'video') {
    if (start) {
      keyFrame = keyWanted || Math.floor(number / frame) % (kKeyFrameEvery / frame) === 0;
      keyWanted = false;
    }
    payload[0] = start ? 0x10 : 0x00;
    payload[1] = keyFrame ? 0x00 : 0x01;
  }
  payload.writeUInt32BE(kMarker, size - 8);
  payload.writeUInt32BE(number, size - 4);
  const ticks = Math.floor(number / frame) * frame * every * (clock / 1000);
  const packet = rtpPacket({
    payloadType: streams[kind].payloadType,
    sequenceNumber: number,
    timestamp: ticks,
    ssrc: streams[kind].ssrc,
    marker: kind === 'video' && number % frame === frame - 1,
    payload,
  });
  publisher.send(packet, remotePort);
}

function tick() {
  const elapsed = performance.now() - began - skippedMs;
  for (const kind of Object.keys(kStreams)) {
    const due = Math.floor(elapsed / kStreams[kind].every);
    while (sent[kind] < due) {
      send(kind);
    }
  }
}

let lastTick = 0;
function onTimer() {
  const now = performance.now();
  const lateMs = now - lastTick - kTickMs;
  late.maxMs = Math.max(late.maxMs, lateMs);
  if (lateMs > kCatchUpMs) {
    skippedMs += lateMs - kCatchUpMs;
  }
  lastTick = now;
  tick();
}

let mark = null;

/** Starts a new measurement. */
function begin() {
  late.maxMs = 0;
  mark = { sent: { ...sent }, drops: receivers.map(({ socket }) => kernelDrops(socket.address().port)) };
  for (const receiver of receivers) {
    receiver.corrupt = 0;
    receiver.longestGapMs = 0;
    Object.values(receiver.got).forEach(set => set.clear());
  }
}

const missingOf = (receiver, until) =>
  Object.keys(sent).reduce((sum, kind) => {
    let missing = 0;
    for (let number = mark.sent[kind]; number < until[kind]; ++number) {
      missing += receiver.got[kind].has(number) ? 0 : 1;
    }
    return sum + missing;
  }, 0);

/** Returns the losses since begin(), after waiting up to two seconds for packets in flight. */
async function end() {
  const kPatienceMs = 2000;
  const until = { ...sent };
  const deadline = performance.now() + kPatienceMs;
  while (performance.now() < deadline && receivers.some(receiver => missingOf(receiver, until) > 0)) {
    await new Promise(resolve => setTimeout(resolve, 20));
  }
  const expected = Object.keys(sent).reduce((sum, kind) => sum + until[kind] - mark.sent[kind], 0);
  return {
    sent: expected,
    lateMs: Math.round(late.maxMs),
    receivers: receivers.map((receiver, i) => {
      const dropped = kernelDrops(receiver.socket.address().port) - mark.drops[i];
      // The kernel's drops at the receiver's own socket are not losses of the worker.
      const lost = Math.max(missingOf(receiver, until) - dropped, 0);
      return { lost, dropped, corrupt: receiver.corrupt, longestGapMs: Math.round(receiver.longestGapMs) };
    }),
  };
}

const commands = {
  start({ port }) {
    remotePort = port;
    began = performance.now();
    lastTick = began;
    setInterval(onTimer, kTickMs);
  },
  begin,
  end,
};

parentPort.on('message', async ({ id, command, options }) => {
  parentPort.postMessage({ id, result: await commands[command](options) });
});
parentPort.postMessage({
  publisherPort: publisher.address().port,
  receiverPorts: receivers.map(({ socket }) => socket.address().port),
});
