import { parseArgs } from 'node:util';
import { workerBin } from '../../support/binaries.mjs';
import { launchChromium } from '../../../demo/room/chromium.mjs';
import { Conference } from '../../../demo/room/Conference.mjs';
import { RoomServer } from '../../../demo/room/RoomServer.mjs';
import { Visitor } from '../../../demo/room/Visitor.mjs';
import { median } from '../compare/statistics.mjs';
import { WireClock } from './WireClock.mjs';

const kPoll = 20;
const kPatience = 20_000;

// The page's own state events, without a relay between page and worker.
const spans = [
  { title: 'state events of the page: checking to connected', from: 'ice checking', to: 'connected' },
  { title: '  of it, ICE', from: 'ice checking', to: 'ice connected' },
  { title: '  of it, DTLS', from: 'ice connected', to: 'connected' },
  { title: 'answer set to connected', from: 'answer set', to: 'connected' },
];

/** Runs in the page before its own code: notes when the states of its connection change. */
function noteTimes() {
  const times = {};
  globalThis.connectionTimes = times;
  const note = what => (times[what] ??= performance.now());
  globalThis.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...configuration) {
      super(...configuration);
      this.addEventListener('iceconnectionstatechange', () => note(`ice ${this.iceConnectionState}`));
      this.addEventListener('connectionstatechange', () => note(this.connectionState));
    }

    async setLocalDescription(description) {
      await super.setLocalDescription(description);
      note('answer set');
    }
  };
}

async function connectOnce(context, url) {
  const visitor = await Visitor.enter(context, url, { name: 'bench', publish: 'no' });
  try {
    const deadline = performance.now() + kPatience;
    for (;;) {
      const times = await visitor.page.evaluate(() => globalThis.connectionTimes);
      if (times.connected) {
        return times;
      }
      if (performance.now() > deadline) {
        throw new Error(`not connected within ${kPatience} ms: ${JSON.stringify(times)}; ${await visitor.status()}`);
      }
      await new Promise(resolve => setTimeout(resolve, kPoll));
    }
  } finally {
    await visitor.leave();
  }
}

async function withRoom(browser, protocol, work) {
  const conference = await Conference.open({ workerBin, enableUdp: protocol === 'udp', enableTcp: protocol === 'tcp' });
  const server = await RoomServer.start({ conference });
  const context = await browser.newContext();
  try {
    await context.addInitScript(noteTimes);
    // A stream to watch, as the reason to connect. It never sends, so that only connecting costs CPU time.
    const { producer } = await conference.room.publish({ kind: 'audio', mimeType: 'audio/opus' });
    conference.addGuest('Silence', [producer]);
    // The first page starts processes that later pages reuse.
    await connectOnce(context, server.url);
    return await work(conference, () => connectOnce(context, server.url));
  } finally {
    await context.close();
    await server.close();
    await conference.close();
  }
}

/** Returns the times of each connection by the state events of its page. */
function pageTimes(browser, protocol, rounds) {
  return withRoom(browser, protocol, async (_, connect) => {
    const times = [];
    for (let round = 0; round < rounds; ++round) {
      times.push(await connect());
    }
    return times;
  });
}

/** Returns the milliseconds that each connection took on the wire. */
function wireTimes(browser, rounds) {
  return withRoom(browser, 'udp', async (conference, connect) => {
    const times = [];
    let clock = null;
    const createTransport = conference.createTransport.bind(conference);
    conference.createTransport = async () => {
      const transport = await createTransport();
      const [candidate] = transport.iceCandidates;
      clock = await WireClock.start({ ip: candidate.address, workerPort: candidate.port });
      // The page gets the port of the clock instead of the worker's.
      Object.defineProperty(transport, 'iceCandidates', { value: [{ ...candidate, port: clock.port }] });
      return transport;
    };
    for (let round = 0; round < rounds; ++round) {
      await connect();
      times.push(clock.milliseconds);
      clock.close();
    }
    return times;
  });
}

function print(title, values) {
  const cells = [median(values), Math.min(...values), Math.max(...values)];
  console.log(`  ${title.padEnd(46)}${cells.map(value => `${value.toFixed(1)} ms`.padStart(10)).join('')}`);
}

function printPageTimes(times) {
  for (const { title, from, to } of spans) {
    print(
      title,
      times.map(each => each[to] - each[from]),
    );
  }
}

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '20' } } });
const rounds = Number(values.rounds);
const browser = await launchChromium();
try {
  console.log(
    `Connections of Chromium ${browser.version()} over loopback, ${rounds} one after another, by ${workerBin}`,
  );
  console.log(`UDP${' '.repeat(45)}${['median', 'least', 'most'].map(head => head.padStart(10)).join('')}`);
  print('on the wire: first STUN to end of DTLS', await wireTimes(browser, rounds));
  printPageTimes(await pageTimes(browser, 'udp', rounds));
  console.log('TCP');
  printPageTimes(await pageTimes(browser, 'tcp', rounds));
} finally {
  await browser.close();
}
