// The room that `make run` opens: ffmpeg sends, the worker forwards, three ffmpegs receive. See README.md.
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { freePortPair } from './media/ports.mjs';
import { Receiver } from './media/Receiver.mjs';
import { Room } from './media/Room.mjs';
import { newKey, picture, startSender, tone } from './media/sender.mjs';
import { formatTable, formatWorker } from './table.mjs';

const kTick = 1000;
const kIp = '127.0.0.1';
const kSuite = 'AES_CM_128_HMAC_SHA1_80';
const receiverPlan = [
  { name: 'receiver-1', title: 'receiver 1, RTP' },
  { name: 'receiver-2', title: 'receiver 2, RTP' },
  { name: 'receiver-3', title: `receiver 3, SRTP ${kSuite}`, cryptoSuite: kSuite },
];

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const workerBin = path.resolve(process.env.RINGCAST_WORKER_BIN ?? path.join(root, 'build/worker/ringcast-worker'));

function introduction(seconds) {
  return [
    `One ffmpeg sends a moving test picture (VP8, ${picture.width}x${picture.height}, ${picture.rate} pictures a second) and ` +
      `a tone of ${tone.frequency} Hz (Opus) to the worker.`,
    'The worker forwards both to three consumers, the third by SRTP; an ffmpeg at each decodes what it gets.',
    `The controller is the npm package mediasoup, the worker is ${workerBin}.`,
    seconds ? `It runs for ${seconds} seconds; Ctrl-C ends it sooner.` : 'Ctrl-C ends it.',
    '',
  ].join('\n');
}

/** Seconds to run, from --seconds N; 0 for "until Ctrl-C"; NaN when it makes no sense. */
function secondsToRun() {
  const { values } = parseArgs({ options: { seconds: { type: 'string', default: '0' } } });
  return /^\d+(\.\d+)?$/.test(values.seconds) ? Number(values.seconds) : NaN;
}

async function startReceiver(room, published, { name, title, cryptoSuite }, folder) {
  const subscriptions = [];
  for (const { producer } of published) {
    const port = await freePortPair(kIp);
    const keyBase64 = cryptoSuite && newKey(cryptoSuite);
    subscriptions.push(await room.subscribe({ producer, port, cryptoSuite, keyBase64 }));
  }
  const session = { ip: kIp, media: subscriptions.map(({ media }) => media) };
  const receiver = await Receiver.start({ name, folder, session, sampleRate: tone.sampleRate });
  const consumerOf = kind => subscriptions.find(({ media }) => media.kind === kind).consumer;
  return { title, receiver, video: consumerOf('video'), audio: consumerOf('audio') };
}

async function streamStats(producerOrConsumer, type) {
  const stats = (await producerOrConsumer.getStats()).find(entry => entry.type === type);
  return {
    bitrate: stats?.bitrate ?? 0,
    packets: stats?.packetCount ?? 0,
    lost: stats?.packetsLost ?? 0,
  };
}

/** Everything that the table shows, at one moment. */
async function measure({ room, published, receivers, sender }) {
  const [video, audio] = await Promise.all(published.map(({ producer }) => streamStats(producer, 'inbound-rtp')));
  const sent = {
    name: 'sent to the worker',
    video,
    audio,
    pictures: sender.progress.frame,
    soundSeconds: sender.progress.outTimeSeconds,
    lost: video.lost + audio.lost,
  };
  const received = await Promise.all(
    receivers.map(async ({ title, receiver, video: videoConsumer, audio: audioConsumer }) => ({
      name: title,
      video: await streamStats(videoConsumer, 'outbound-rtp'),
      audio: await streamStats(audioConsumer, 'outbound-rtp'),
      pictures: receiver.picturesDecoded,
      soundSeconds: receiver.soundSeconds,
      lost: receiver.packetsMissed,
    })),
  );
  const usage = await room.worker.getResourceUsage();
  const { egress } = await room.workerDump();
  return { at: performance.now(), rows: [sent, ...received], cpuMs: usage.ru_utime + usage.ru_stime, egress };
}

/** The lines of one measurement; the CPU share is that since `before`. */
function report(before, now) {
  const cpuShare = (now.cpuMs - before.cpuMs) / (now.at - before.at);
  return [...formatTable(now.rows), ...formatWorker({ cpuShare, egress: now.egress })];
}

/** Prints blocks of lines, each over the one before where stdout is a terminal. */
function makePrinter() {
  let printed = 0;
  return lines => {
    const back = process.stdout.isTTY && printed > 0 ? `\x1b[${printed}A\x1b[J` : '';
    process.stdout.write(`${back}${lines.join('\n')}\n${process.stdout.isTTY ? '' : '\n'}`);
    printed = lines.length;
  };
}

/** Resolves with why the show is over. */
function untilOver(seconds, scene) {
  return new Promise(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM']) {
      process.once(signal, () => resolve(null));
    }
    scene.room.worker.once('died', error => resolve(`the worker died: ${error.message}`));
    scene.sender.once('exit', () => resolve(`the sending ffmpeg ended:\n${scene.sender.stderrTail()}`));
    for (const { receiver } of scene.receivers) {
      receiver.once('exit', () => resolve(`${receiver.name} ended:\n${receiver.stderrTail()}`));
    }
    if (seconds > 0) {
      setTimeout(() => resolve(null), seconds * 1000).unref();
    }
  });
}

async function openScene(folder) {
  const room = await Room.open({ workerBin, ip: kIp });
  const scene = { room, published: [], receivers: [], sender: null };
  try {
    scene.published.push(await room.publish({ kind: 'video', mimeType: 'video/VP8' }));
    scene.published.push(await room.publish({ kind: 'audio', mimeType: 'audio/opus' }));
    for (const plan of receiverPlan) {
      scene.receivers.push(await startReceiver(room, scene.published, plan, folder));
    }
    const [video, audio] = scene.published.map(({ target }) => target);
    scene.sender = startSender({ ip: kIp, video, audio });
    return scene;
  } catch (error) {
    await closeScene(scene);
    throw error;
  }
}

async function closeScene({ room, receivers, sender }) {
  sender?.removeAllListeners('exit');
  sender?.kill('SIGINT');
  await sender?.exitWithin(2000);
  for (const { receiver } of receivers) {
    receiver.removeAllListeners('exit');
  }
  await Promise.all(receivers.map(({ receiver }) => receiver.stop()));
  await room.close();
}

async function show(scene, seconds) {
  const print = makePrinter();
  const first = await measure(scene);
  let last = first;
  let before = first;
  let busy = Promise.resolve();
  const timer = setInterval(() => {
    busy = busy
      .then(async () => {
        const now = await measure(scene);
        print(report(before, now));
        before = now;
        last = now;
      })
      // A worker that went away ends the show by itself; see untilOver().
      .catch(() => {});
  }, kTick);
  const trouble = await untilOver(seconds, scene);
  clearInterval(timer);
  await busy;
  // Ctrl-C reaches the worker as well: then the last measurement stands.
  last = await measure(scene).catch(() => last);
  return { first, last, trouble };
}

function summarise({ first, last, trouble }, receivers) {
  const lines = ['', `After ${((last.at - first.at) / 1000).toFixed(1)} seconds:`];
  // The decoders have finished since the last measurement.
  const rows = last.rows.map((row, index) => {
    const receiver = receivers[index - 1]?.receiver;
    return receiver ? { ...row, pictures: receiver.picturesDecoded, soundSeconds: receiver.soundSeconds } : row;
  });
  if (last !== first) {
    lines.push(...report(first, { ...last, rows }));
  }
  if (trouble) {
    lines.push(trouble);
  }
  const blind = receivers.filter(({ receiver }) => receiver.picturesDecoded === 0 || receiver.samplesDecoded === 0);
  for (const { title, receiver } of blind) {
    lines.push(`${title}: decoded ${receiver.picturesDecoded} pictures and ${receiver.soundSeconds} s of sound`);
    lines.push(receiver.stderrTail());
  }
  if (!trouble && blind.length === 0) {
    lines.push('Every receiver decoded pictures and sound.');
  }
  console.log(lines.join('\n'));
  return !trouble && blind.length === 0;
}

async function main() {
  const seconds = secondsToRun();
  if (Number.isNaN(seconds)) {
    console.error('--seconds must be a number');
    return 2;
  }
  console.log(introduction(seconds));
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'ringcast-demo-'));
  try {
    const scene = await openScene(folder);
    let shown;
    try {
      shown = await show(scene, seconds);
    } finally {
      await closeScene(scene);
    }
    return summarise(shown, scene.receivers) ? 0 : 1;
  } catch (error) {
    console.error(`the demo could not run: ${error.message}`);
    return 1;
  } finally {
    await fs.rm(folder, { recursive: true, force: true });
  }
}

process.exitCode = await main();
