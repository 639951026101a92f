// Plays from one ffmpeg through the worker to three others, and checks what each of them decoded.
import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { workerBin } from '../../support/binaries.mjs';
import { freePortPair } from '../../../demo/media/ports.mjs';
import { Receiver } from '../../../demo/media/Receiver.mjs';
import { Room } from '../../../demo/media/Room.mjs';
import { newKey, startSender, tone } from '../../../demo/media/sender.mjs';
import { comparePictures, decodedHashes, packetCount, readHashes } from './pictures.mjs';
import { examineTone } from './tone.mjs';

const kSamplesPerPacket = 960;
const kPicturesShare = 0.99;
// After the sender has ended, the receivers have this long to empty their buffers.
const kPatience = 5000;
const kPoll = 50;
// After this many polls without a new picture or sample, the receivers have ended.
const kQuietPolls = 10;

/** Starts a receiver that keeps the sound it decodes. */
export async function listen({ name, folder, session }) {
  const sound = [];
  const receiver = await Receiver.start({
    name,
    folder,
    session,
    sampleRate: tone.sampleRate,
    onSound: data => sound.push(data),
  });
  return { name, receiver, sound, subscriptions: [] };
}

async function subscribe(room, producers, { name, cryptoSuite }, folder) {
  const subscriptions = [];
  for (const producer of producers) {
    const port = await freePortPair(room.ip);
    const keyBase64 = cryptoSuite && newKey(cryptoSuite);
    subscriptions.push(await room.subscribe({ producer, port, cryptoSuite, keyBase64 }));
  }
  const session = { ip: room.ip, media: subscriptions.map(({ media }) => media) };
  return { ...(await listen({ name, folder, session })), subscriptions };
}

/** Waits until every receiver has decoded all, or receives nothing more. */
async function untilQuiet(receivers, picturesSent, samplesSent) {
  const deadline = Date.now() + kPatience;
  let before = '';
  for (let quiet = 0; quiet < kQuietPolls && Date.now() < deadline; ) {
    const counts = receivers.map(({ receiver }) => [receiver.picturesDecoded, receiver.samplesDecoded]);
    if (counts.every(([pictures, samples]) => pictures >= picturesSent && samples >= samplesSent)) {
      return;
    }
    quiet = String(counts) === before ? quiet + 1 : 0;
    before = String(counts);
    await new Promise(resolve => setTimeout(resolve, kPoll));
  }
}

/** Returns the files to which the sender copies its streams. */
export function recordIn(folder) {
  return { video: path.join(folder, 'sent-video.nut'), audio: path.join(folder, 'sent-audio.nut') };
}

/** Waits for the sender, then for the receivers, and stops them. Returns the sent pictures and samples. */
export async function playOut(sender, receivers, seconds, folder) {
  const exit = await sender.exitWithin(seconds * 1000 + 10_000);
  assert.deepEqual(exit, { code: 0, signal: null }, `the sending ffmpeg: ${sender.stderrTail()}`);
  const record = recordIn(folder);
  const hashes = await decodedHashes(record.video);
  const samples = (await packetCount(record.audio)) * kSamplesPerPacket;
  assert.equal(sender.progress.frame, hashes.length, 'the sender counts as many pictures as it recorded');
  assert.equal(new Set(hashes).size, hashes.length, 'no two pictures of the test picture are the same');
  await untilQuiet(receivers, hashes.length, samples);
  await Promise.all(receivers.map(({ receiver }) => receiver.stop()));
  return { hashes, samples };
}

function samplesOf(chunks) {
  const bytes = Buffer.concat(chunks);
  return new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + (bytes.length & ~1)));
}

export async function verdictOn({ name, receiver, sound, subscriptions }, sentHashes) {
  const exit = receiver.exit ?? (await receiver.stop());
  const decoded = await readHashes(receiver.hashFile).catch(() => []);
  const samples = samplesOf(sound);
  const stats = await Promise.all(subscriptions.map(({ consumer }) => consumer.getStats()));
  return {
    name,
    exit,
    stderr: receiver.stderr,
    decoded: decoded.length,
    pictures: comparePictures(sentHashes, decoded),
    samples: samples.length,
    tone: examineTone(samples, tone),
    packetsForwarded: Object.fromEntries(
      subscriptions.map(({ media }, index) => [
        media.kind,
        stats[index].find(s => s.type === 'outbound-rtp')?.packetCount,
      ]),
    ),
  };
}

/**
 * @param {{ip?: string, workerBin?: string, seconds?: number, mimeType?: string, cryptoSuite?: string,
 *   receivers?: Array<{name: string, cryptoSuite?: string}>, link?: string}} options cryptoSuite: encrypts from the sender;
 *   link: the suite between the worker of the sender and a second worker, which then has the receivers
 * @returns what was sent and what each receiver decoded
 */
export async function playShow({
  ip = '127.0.0.1',
  workerBin: bin = workerBin,
  seconds = 8,
  mimeType = 'video/VP8',
  cryptoSuite,
  receivers: plans = [{ name: 'rtp-1' }, { name: 'rtp-2' }, { name: 'srtp', cryptoSuite: 'AES_CM_128_HMAC_SHA1_80' }],
  link,
}) {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'ringcast-e2e-'));
  const rooms = [];
  const receivers = [];
  let sender;
  try {
    rooms.push(await Room.open({ workerBin: bin, ip }));
    const srtp = () => cryptoSuite && { cryptoSuite, keyBase64: newKey(cryptoSuite) };
    const video = await rooms[0].publish({ kind: 'video', mimeType, srtp: srtp() });
    const audio = await rooms[0].publish({ kind: 'audio', mimeType: 'audio/opus', srtp: srtp() });
    let producers = [video.producer, audio.producer];
    if (link) {
      rooms.push(await Room.open({ workerBin: bin, ip }));
      producers = await Promise.all(producers.map(producer => rooms[1].linkFrom(rooms[0], producer, link)));
    }
    for (const plan of plans) {
      receivers.push(await subscribe(rooms.at(-1), producers, plan, folder));
    }

    sender = startSender({ ip, video: video.target, audio: audio.target, seconds, record: recordIn(folder) });
    const sent = await playOut(sender, receivers, seconds, folder);
    const results = await Promise.all(receivers.map(receiver => verdictOn(receiver, sent.hashes)));
    const dumps = await Promise.all(rooms.map(room => room.workerDump()));
    const producerStats = await Promise.all(producers.map(producer => producer.getStats()));
    return {
      picturesSent: sent.hashes.length,
      samplesSent: sent.samples,
      receivers: results,
      dumps,
      producerStats,
      workersDied: rooms.map(({ died }) => died),
    };
  } finally {
    sender?.kill();
    await Promise.all(receivers.map(({ receiver }) => receiver.stop(0)));
    await Promise.all(rooms.map(room => room.close()));
    await fs.rm(folder, { recursive: true, force: true });
  }
}

/** Describes what a receiver decoded, for a failure message. */
function describe(show, receiver) {
  const { pictures, samples, decoded, packetsForwarded } = receiver;
  return (
    `${receiver.name}: ${pictures.matched} of ${show.picturesSent} pictures as they were sent (${decoded} decoded), ` +
    `missing ${JSON.stringify(pictures.missing.slice(0, 20))}, altered ${JSON.stringify(pictures.alien.slice(0, 20))}; ` +
    `${samples} of ${show.samplesSent} samples of sound, faults ${JSON.stringify(receiver.tone.faults.slice(0, 5))}; ` +
    `the worker forwarded ${JSON.stringify(packetsForwarded)} packets; ` +
    `egress ${JSON.stringify(show.dumps.at(-1).egress)}, ingress ${JSON.stringify(show.dumps[0].ingress)}; ` +
    `ffmpeg ended with ${JSON.stringify(receiver.exit)} and said:\n${receiver.stderr.slice(-2000)}`
  );
}

/** Asserts that every receiver decoded at least 99 % of the pictures, bit for bit, and all sound. */
export function assertShowWentWell(show) {
  assert.deepEqual(show.workersDied.filter(Boolean), [], 'a worker died');
  assert.ok(show.picturesSent > 0 && show.samplesSent > 0, 'nothing was sent');
  for (const receiver of show.receivers) {
    const seen = describe(show, receiver);
    assert.deepEqual(receiver.exit, { code: 0, signal: null }, seen);
    assert.ok(receiver.pictures.matched >= kPicturesShare * show.picturesSent, `too few pictures: ${seen}`);
    assert.deepEqual(receiver.pictures.alien, [], `pictures were decoded with errors: ${seen}`);
    assert.equal(receiver.stderr, '', `the decoder complains: ${seen}`);
    assert.equal(receiver.samples, show.samplesSent, `sound is missing: ${seen}`);
    assert.deepEqual(receiver.tone.faults, [], `the tone has gaps: ${seen}`);
    assert.ok(receiver.tone.windows > 0 && receiver.tone.amplitude > 500, `there is no tone: ${seen}`);
  }
}

/** Asserts that the worker used this send backend, without errors or drops. */
export function assertSentBy(egress, { mode, zeroCopyEnabled }) {
  const seen = `egress ${JSON.stringify(egress)}`;
  assert.ok(egress, 'the dump has no egress');
  assert.match(egress.mode, mode, seen);
  assert.equal(egress.zeroCopyEnabled, zeroCopyEnabled, `zero copy: ${seen}`);
  assert.ok(egress.datagrams > 0 && egress.sends > 0 && egress.sends <= egress.datagrams, seen);
  assert.deepEqual(egress.sendErrors, {}, seen);
  assert.deepEqual(egress.drops, {}, seen);
  assert.equal(
    egress.runLengths.reduce((sum, count, index) => sum + count * (index + 1), 0),
    egress.datagrams,
    seen,
  );
}
