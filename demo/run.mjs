// The room that `make run` opens: a page where each visitor publishes and sees the others. See README.md.
import fs from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { launchChromium } from './room/chromium.mjs';
import { Conference } from './room/Conference.mjs';
import { measureStreams, Sights } from './room/measure.mjs';
import { RoomServer } from './room/RoomServer.mjs';
import { startTestPicture, testPictureName } from './room/testPicture.mjs';
import { Visitor } from './room/Visitor.mjs';
import { formatSights, formatStreams, formatWorker } from './table.mjs';

const kTick = 1000;
// Small, because the CPU encodes and decodes it.
const kCamera = { width: 320, height: 240, rate: 15 };
// The minimum frame rate of a moving picture.
const kLeastFrameRate = 5;
const visitorPlan = [
  { query: { name: 'Visitor A', ...kCamera }, expects: [testPictureName] },
  { query: { name: 'Visitor B', publish: 'no' }, expects: [testPictureName, 'Visitor A'] },
];

const root = path.join(import.meta.dirname, '..');
const workerBin = path.resolve(process.env.RINGCAST_WORKER_BIN ?? path.join(root, 'build/worker/ringcast-worker'));
const screenshot = path.join(root, 'build/screenshots/room.png');

function introduction({ seconds, url }) {
  return [
    `The room is open: ${url}`,
    '',
    'Each visitor publishes camera and microphone, and sees and hears all others. The first participant is a moving test picture from ffmpeg.',
    `The controller is the npm package mediasoup, the worker is ${workerBin}.`,
    seconds
      ? `It is open for ${seconds} seconds, with two visitors in a browser without a window; Ctrl-C ends it sooner.`
      : 'Ctrl-C ends it.',
    '',
  ].join('\n');
}

/** Parses the command line. Returns null if it is wrong. */
function settings() {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '0' },
      ip: { type: 'string', default: '127.0.0.1' },
      port: { type: 'string', default: '0' },
    },
  });
  const seconds = /^\d+(\.\d+)?$/.test(values.seconds) ? Number(values.seconds) : NaN;
  const port = /^\d+$/.test(values.port) ? Number(values.port) : NaN;
  return Number.isNaN(seconds) || !(port < 65_536) ? null : { seconds, port, ip: values.ip };
}

/** Measures everything that the tables show. */
async function measure({ conference, visitors }) {
  const { room } = conference;
  const [streams, usage, { egress }] = await Promise.all([
    measureStreams(conference),
    room.worker.getResourceUsage(),
    room.workerDump(),
    ...visitors.map(({ sights }) => sights.look()),
  ]);
  return { at: performance.now(), streams, cpuMs: usage.ru_utime + usage.ru_stime, egress };
}

/** Formats a measurement, with the CPU share since `before`. */
function report(before, now, visitors) {
  const cpuShare = (now.cpuMs - before.cpuMs) / (now.at - before.at);
  const sights = visitors.flatMap(visitor => visitor.sights.rows);
  return [
    ...formatStreams(now.streams),
    ...(sights.length > 0 ? ['', ...formatSights(sights)] : []),
    '',
    ...formatWorker({ cpuShare, egress: now.egress }),
  ];
}

/** Prints blocks of lines. On a terminal each overwrites the one before. */
function makePrinter() {
  let printed = 0;
  return lines => {
    const back = process.stdout.isTTY && printed > 0 ? `\x1b[${printed}A\x1b[J` : '';
    process.stdout.write(`${back}${lines.join('\n')}\n${process.stdout.isTTY ? '' : '\n'}`);
    printed = lines.length;
  };
}

/** Resolves with the reason for the end, or null if it was requested. */
function untilOver(seconds, scene) {
  return new Promise(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM']) {
      process.once(signal, () => resolve(null));
    }
    scene.conference.room.worker.once('died', error => resolve(`the worker died: ${error.message}`));
    scene.sender.once('exit', () => resolve(`the sending ffmpeg ended:\n${scene.sender.stderrTail()}`));
    scene.browser?.once('disconnected', () => resolve('the browser ended'));
    if (seconds > 0) {
      setTimeout(() => resolve(null), seconds * 1000).unref();
    }
  });
}

/** Opens the room, with headless visitors if requested. */
async function openScene({ seconds, ip, port }) {
  const scene = { visitors: [] };
  try {
    scene.conference = await Conference.open({ workerBin, ip });
    scene.server = await RoomServer.start({ conference: scene.conference, ip, port });
    scene.sender = await startTestPicture(scene.conference);
    console.log(introduction({ seconds, url: scene.server.url }));
    if (seconds > 0) {
      scene.browser = await launchChromium();
      for (const { query, expects } of visitorPlan) {
        const visitor = await Visitor.enter(scene.browser, scene.server.url, query);
        scene.visitors.push({ visitor, expects, sights: new Sights(visitor) });
      }
    }
    return scene;
  } catch (error) {
    await closeScene(scene);
    throw error;
  }
}

async function closeScene({ conference, server, sender, browser }) {
  await browser?.close().catch(() => {});
  sender?.removeAllListeners('exit');
  sender?.kill('SIGINT');
  await sender?.exitWithin(2000);
  await server?.close();
  await conference?.close();
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
        print(report(before, now, scene.visitors));
        before = now;
        last = now;
      })
      // The death of the worker ends the run; see untilOver().
      .catch(() => {});
  }, kTick);
  const trouble = await untilOver(seconds, scene);
  clearInterval(timer);
  await busy;
  // Ctrl-C reaches the worker too: then the last measurement is shown.
  last = await measure(scene).catch(() => last);
  return { first, last, trouble };
}

/** Returns the names of those that a visitor should have seen and heard but did not. */
function missing({ expects, sights }) {
  return expects.filter(name => {
    const rows = sights.rows.filter(row => row.name === name);
    const seen = rows.some(({ frameRate }) => frameRate >= kLeastFrameRate);
    const heard = rows.some(({ soundSeconds }) => soundSeconds > 0);
    return !seen || !heard;
  });
}

async function takeScreenshot(visitors) {
  if (visitors.length > 0) {
    await fs.mkdir(path.dirname(screenshot), { recursive: true });
    await visitors.at(-1).visitor.page.screenshot({ path: screenshot });
    console.log(`${visitors.at(-1).visitor.name}'s page: ${path.relative(process.cwd(), screenshot)}`);
  }
}

/** Prints the result. Returns true if all went well. */
async function summarise({ first, last, trouble }, visitors) {
  const lines = ['', `After ${((last.at - first.at) / 1000).toFixed(1)} seconds:`];
  if (last !== first) {
    lines.push(...report(first, last, visitors));
  }
  if (trouble) {
    lines.push(trouble);
  }
  let well = !trouble;
  for (const each of visitors) {
    for (const name of missing(each)) {
      lines.push(
        `${each.visitor.name} did not see and hear ${name}; errors of the page: ${each.visitor.errors.join('; ') || 'none'}`,
      );
      well = false;
    }
  }
  if (well && visitors.length > 0) {
    lines.push('Every visitor saw moving pictures and heard sound of all others.');
  }
  console.log(lines.join('\n'));
  await takeScreenshot(visitors).catch(() => {});
  return well;
}

async function main() {
  const wanted = settings();
  if (!wanted) {
    console.error('--seconds must be a number, --port a port');
    return 2;
  }
  let scene;
  try {
    scene = await openScene(wanted);
    return (await summarise(await show(scene, wanted.seconds), scene.visitors)) ? 0 : 1;
  } catch (error) {
    console.error(`the demo could not run: ${error.message}`);
    return 1;
  } finally {
    if (scene) {
      await closeScene(scene);
    }
  }
}

process.exitCode = await main();
