// Measures the GSO batches in which the worker sends the streams of a browser: see doc/performance.md.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { workerBin } from '../../support/binaries.mjs';
import { launchChromium } from '../../../demo/room/chromium.mjs';
import { Conference } from '../../../demo/room/Conference.mjs';
import { RoomServer } from '../../../demo/room/RoomServer.mjs';
import { Visitor } from '../../../demo/room/Visitor.mjs';
import { withLock } from '../compare/lock.mjs';
import { cpuTimes } from '../compare/usage.mjs';
import { Audience } from './Audience.mjs';
import { histogramHeader, histogramRow, sendFigures, sendsHeader, sendsRow } from './sends.mjs';

const kRate = 30;
// kilobits: the default maximum of libwebrtc for each size.
const sizes = [
  { width: 640, height: 360, kilobits: 1200 },
  { width: 1280, height: 720, kilobits: 2500 },
];
const audiences = [10, 40];
// The variable that the worker reads.
const gsoPadding = ['0', '4'];
const kPaddingVariable = 'RINGCAST_GSO_PADDING';

const kPatience = 20_000;
const kPoll = 100;
// Until the browser sends at its maximum: its bandwidth estimate starts low.
const kRampUp = 12_000;
// Until the key frames for the last consumers have passed.
const kSettle = 2_000;

/** Makes a few seconds of video in which everything moves, with noise, so that the browser encodes it at the maximum bitrate. */
function makeTestVideo(folder) {
  const { width, height } = sizes.at(-1);
  const file = path.join(folder, 'video.mjpeg');
  const source = `testsrc2=size=${width}x${height}:rate=${kRate},noise=alls=10:allf=t`;
  execFileSync('ffmpeg', [
    '-loglevel',
    'error',
    '-f',
    'lavfi',
    '-i',
    source,
    '-t',
    '4',
    '-c:v',
    'mjpeg',
    '-q:v',
    '5',
    file,
  ]);
  return file;
}

async function publishedBy(conference) {
  const deadline = performance.now() + kPatience;
  for (;;) {
    const producers = conference.participants.flatMap(participant => participant.producers);
    if (producers.length === 2) {
      return producers;
    }
    if (performance.now() > deadline) {
      throw new Error(`${producers.length} streams of 2 within ${kPatience} ms`);
    }
    await setTimeout(kPoll);
  }
}

async function look(conference, visitor, producers) {
  const video = producers.find(({ kind }) => kind === 'video');
  const [inbound] = (await video.getStats()).filter(({ type }) => type === 'inbound-rtp');
  const sight = (await visitor.streams()).find(({ kind }) => kind === 'video');
  const { egress } = await conference.room.workerDump();
  return {
    at: performance.now(),
    egress,
    cpuNanoseconds: cpuTimes(conference.room.worker.pid).cpu,
    videoPackets: inbound.packetCount,
    videoBytes: inbound.byteCount,
    pictures: sight.counters.pictures,
  };
}

async function measure({ conference, visitor, producers, consumers, seconds }) {
  const before = await look(conference, visitor, producers);
  await setTimeout(1000 * seconds);
  const after = await look(conference, visitor, producers);
  return sendFigures({ before, after, seconds: (after.at - before.at) / 1000, consumers });
}

/** Measures one publisher with growing audiences. Calls back with the figures of each. */
async function withPublisher(browser, { size, seconds }, each) {
  const conference = await Conference.open({ workerBin });
  const server = await RoomServer.start({ conference });
  const audience = new Audience(conference.router, conference.room.ip);
  try {
    const visitor = await Visitor.enter(browser, server.url, { name: 'bench', codec: 'VP8', rate: kRate, ...size });
    const producers = await publishedBy(conference);
    await setTimeout(kRampUp);
    for (const consumers of audiences) {
      await audience.growTo(consumers, producers);
      await setTimeout(kSettle);
      each(consumers, await measure({ conference, visitor, producers, consumers, seconds }));
    }
    await visitor.leave();
  } finally {
    audience.close();
    await server.close();
    await conference.close();
  }
}

async function withCamera({ name, flags }, { seconds, lock, say }) {
  const browser = await launchChromium(flags);
  try {
    for (const size of sizes) {
      for (const even of gsoPadding) {
        process.env[kPaddingVariable] = even;
        const what = `${name}, ${size.width}x${size.height}`;
        await withLock(lock, () =>
          withPublisher(browser, { size, seconds }, (consumers, figures) =>
            say(`${what} to ${consumers}${even === '0' ? '' : ', even sizes'}`, figures),
          ),
        );
      }
    }
  } finally {
    await browser.close();
  }
}

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '20' }, lock: { type: 'string', default: '' } },
});
const options = { seconds: Number(values.seconds), lock: values.lock };
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ringcast-bench-'));
const histogram = [];
try {
  console.log(`Chromium publishes VP8 and Opus, ${options.seconds} s each, by ${workerBin}`);
  console.log(sendsHeader());
  const say = (title, figures) => {
    console.log(sendsRow(title, figures));
    histogram.push(histogramRow(title, figures));
  };
  const cameras = [
    { name: 'drawn', flags: [`--use-fake-device-for-media-stream=fps=${kRate}`] },
    { name: 'test video', flags: [`--use-file-for-fake-video-capture=${makeTestVideo(folder)}`] },
  ];
  for (const camera of cameras) {
    await withCamera(camera, { ...options, say });
  }
  console.log(['', 'Sends by how many datagrams they carried', histogramHeader(), ...histogram].join('\n'));
} finally {
  fs.rmSync(folder, { recursive: true });
}
