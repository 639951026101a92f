// The checks of this folder find the faults that they look for.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { parseWorkerDump } from '../../demo/egressDump.mjs';
import { freePortPair } from '../../demo/media/ports.mjs';
import { startSender, tone } from '../../demo/media/sender.mjs';
import { formatSights, formatStreams, formatWorker } from '../../demo/table.mjs';
import { isSlow, MachineWatch, slowness } from '../support/MachineWatch.mjs';
import { realTimeTest } from '../support/realTimeTest.mjs';
import { comparePictures } from './support/pictures.mjs';
import { startRelay } from './support/relay.mjs';
import { listen, playOut, recordIn, verdictOn } from './support/show.mjs';
import { examineTone } from './support/tone.mjs';

const require = createRequire(import.meta.url);
const { Builder, ByteBuffer } = require('flatbuffers');

const kIp = '127.0.0.1';

/** Plays from ffmpeg to ffmpeg through a relay that drops these packets. */
async function playThroughRelay({ seconds, lose }) {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'ringcast-e2e-'));
  const codecs = {
    video: { mimeType: 'video/VP8', payloadType: 101, clockRate: 90_000 },
    audio: { mimeType: 'audio/opus', payloadType: 100, clockRate: 48_000, channels: 2 },
  };
  const relays = [];
  const media = [];
  const targets = {};
  let sender;
  let receiver;
  try {
    for (const kind of ['video', 'audio']) {
      const port = await freePortPair(kIp);
      const to = await freePortPair(kIp);
      media.push({ kind, port: to, rtpParameters: { codecs: [codecs[kind]] } });
      targets[kind] = { ...codecs[kind], ssrc: 1000, port, rtcpPort: port + 1 };
      relays.push(await startRelay({ ip: kIp, port, to, lose: new Set(lose[kind]) }));
    }
    receiver = await listen({ name: 'relayed', folder, session: { ip: kIp, media } });
    sender = startSender({ ip: kIp, ...targets, seconds, record: recordIn(folder) });
    const sent = await playOut(sender, [receiver], seconds, folder);
    return { sent, verdict: await verdictOn(receiver, sent.hashes) };
  } finally {
    sender?.kill();
    await receiver?.receiver.stop(0);
    relays.forEach(relay => relay.close());
    await fs.rm(folder, { recursive: true, force: true });
  }
}

function sine(seconds, phase = 0) {
  const angle = i => 2 * Math.PI * ((tone.frequency * i) / tone.sampleRate + phase);
  return Int16Array.from({ length: seconds * tone.sampleRate }, (_, i) => 4000 * Math.sin(angle(i)));
}

describe('examineTone', () => {
  test('ToneTest: finds no fault in a steady tone of any phase', () => {
    for (const phase of [0, 0.1, 0.5, 0.9]) {
      assert.deepEqual(examineTone(sine(1, phase), tone).faults, []);
    }
  });

  test('ToneTest: finds 10 ms of silence', () => {
    const samples = sine(1);
    samples.fill(0, 24_000, 24_480);
    const { faults } = examineTone(samples, tone);
    assert.ok(
      faults.some(({ at, what }) => Math.abs(at - 0.5) < 0.02 && what.includes('amplitude')),
      JSON.stringify(faults),
    );
  });

  test('ToneTest: finds a missing packet of 20 ms when the samples close up over it', () => {
    const samples = sine(1);
    const shortened = Int16Array.from([...samples.subarray(0, 24_000), ...samples.subarray(24_960)]);
    const { faults } = examineTone(shortened, tone);
    assert.ok(
      faults.some(({ at }) => Math.abs(at - 0.5) < 0.02),
      JSON.stringify(faults),
    );
  });

  test('ToneTest: finds another tone, and no amplitude in silence', () => {
    const other = examineTone(sine(1), { ...tone, frequency: tone.frequency * 1.1 });
    assert.ok(other.faults.length > 0);
    assert.equal(examineTone(new Int16Array(48_000), tone).amplitude, 0);
  });
});

describe('comparePictures', () => {
  const sent = ['a', 'b', 'c', 'd', 'e'];

  for (const { name, decoded, expected } of [
    { name: 'all of them', decoded: sent, expected: { matched: 5, missing: [], alien: [] } },
    { name: 'one missing', decoded: ['a', 'c', 'd', 'e'], expected: { matched: 4, missing: [1], alien: [] } },
    { name: 'one altered', decoded: ['a', 'x', 'c', 'd', 'e'], expected: { matched: 4, missing: [1], alien: [1] } },
    { name: 'one twice', decoded: ['a', 'b', 'b', 'c', 'd', 'e'], expected: { matched: 5, missing: [], alien: [2] } },
    { name: 'out of order', decoded: ['a', 'c', 'b', 'd', 'e'], expected: { matched: 4, missing: [1], alien: [2] } },
    { name: 'none', decoded: [], expected: { matched: 0, missing: [0, 1, 2, 3, 4], alien: [] } },
  ]) {
    test(`PicturesTest: compares ${name}`, () => assert.deepEqual(comparePictures(sent, decoded), expected));
  }
});

describe('MachineWatch', () => {
  const calm = { others: 0.1, idle: 0.5, steal: 0, running: 1, lateMs: 1 };
  const crowded = { others: 0.6, idle: 0, steal: 0, running: 5, lateMs: 2 };
  const rows = [
    ['nothing else runs', calm, false],
    ['the tests themselves need every CPU', { ...calm, others: 0, idle: 0, lateMs: 100 }, false],
    ['other programs leave a CPU idle', { ...crowded, idle: 0.3 }, false],
    ['other programs fill the machine', crowded, true],
    ['other programs make timers late', { ...crowded, idle: 0.3, lateMs: 30 }, true],
    ['the hypervisor runs other machines', { ...calm, steal: 0.1 }, true],
  ];

  for (const [when, window, expected] of rows) {
    test(`MachineWatch: finds a second ${expected ? 'slow' : 'fast enough'} when ${when}`, () => {
      assert.equal(isSlow(window), expected);
    });
  }

  test('MachineWatch: excuses nothing when a single second was slow', () => {
    assert.equal(slowness([calm, crowded, calm]), null);
    assert.match(slowness([crowded, calm, crowded]), /^2 of 3 s, in which other programs took 60 %/);
  });

  test('MachineWatch: counts what the tests run as theirs', async () => {
    const watch = new MachineWatch(process.pid);
    await watch.next();
    const child = spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' });
    await watch.next();
    const mine = await watch.next();
    child.kill();
    const others = new MachineWatch(child.pid + 1_000_000);
    assert.equal(watch.since(0).length, 3);
    assert.ok(mine.others + mine.idle + mine.steal < 0.99, JSON.stringify(mine));
    const all = await others.next();
    assert.ok(all.others + all.idle + all.steal > 0.99, JSON.stringify(all));
  });
});

describe('ffmpeg to ffmpeg without a worker', () => {
  realTimeTest('ShowTest: finds nothing missing when no packet is lost', async () => {
    const { sent, verdict } = await playThroughRelay({ seconds: 2, lose: {} });
    assert.deepEqual(verdict.pictures, { matched: sent.hashes.length, missing: [], alien: [] }, verdict.stderr);
    assert.equal(verdict.samples, sent.samples, verdict.stderr);
    assert.deepEqual(verdict.tone.faults, []);
    assert.equal(verdict.stderr, '');
  });

  realTimeTest('ShowTest: finds one lost packet of video and one of audio', async () => {
    const { sent, verdict } = await playThroughRelay({ seconds: 2, lose: { video: [60], audio: [40] } });
    assert.ok(verdict.pictures.matched < sent.hashes.length, 'every picture matched');
    assert.equal(verdict.samples, sent.samples - 960);
    assert.ok(verdict.tone.faults.length > 0, 'no fault in the tone');
    assert.match(verdict.stderr, /missed 1 packets/);
  });
});

describe('the tables of the demo', () => {
  test('TableTest: prints a line per published stream, with bitrates in kb/s', () => {
    const stream = {
      name: 'Test picture',
      kind: 'video',
      codec: 'VP8',
      bitrate: 812_345,
      packets: 1234,
      lost: 2,
      roundTripMs: 0.25,
      watchers: 3,
      bitrateOut: 2_437_035,
    };
    const lines = formatStreams([stream, { ...stream, kind: 'audio', roundTripMs: null }]);
    const cells = lines.map(line => line.split(/\s{2,}/));
    assert.deepEqual(cells[1], ['Test picture, video', 'VP8', '812.3', '1234', '2', '< 1 ms', '3', '2437.0']);
    assert.equal(cells[2][5], '-');
  });

  test('TableTest: prints a line per received stream, with pictures of video and seconds of sound', () => {
    const sight = {
      visitor: 'Bob',
      name: 'Ann',
      kind: 'video',
      codec: 'AV1',
      bitrate: 100_000,
      width: 320,
      height: 240,
      pictures: 75,
      frameRate: 14.96,
      soundSeconds: 4.98,
      lost: 0,
      roundTripMs: 1,
    };
    const [, video, audio] = formatSights([sight, { ...sight, kind: 'audio' }]).map(line => line.split(/\s{2,}/));
    assert.deepEqual(video, ['Bob', 'Ann, video', 'AV1', '100.0', '320x240', '75', '15.0', '-', '0', '1.0 ms']);
    assert.deepEqual(audio, ['Bob', 'Ann, audio', 'AV1', '100.0', '-', '-', '-', '5.0 s', '0', '1.0 ms']);
  });

  test('TableTest: prints how the worker sends, and drops and errors if there are any', () => {
    const egress = {
      mode: 'io_uring+gso',
      modeReason: 'RLIMIT_MEMLOCK',
      zeroCopyEnabled: false,
      sends: 10,
      datagrams: 25,
      drops: { no_slot: 0, too_long: 3 },
      sendErrors: {},
    };
    const text = formatWorker({ cpuShare: 0.0125, egress }).join('\n');
    assert.match(text, /1\.3 % of one CPU/);
    assert.match(text, /2\.5 a send/);
    assert.match(text, /dropped: too_long 3; errors: none/);
    assert.match(text, /io_uring\+gso \(RLIMIT_MEMLOCK\), zero copy off/);
  });
});

describe('parseWorkerDump', () => {
  /** Builds a table of these fields, each [id, add(builder, id)]. */
  function table(builder, size, fields) {
    builder.startObject(size);
    fields.forEach(([id, add]) => add(builder, id));
    return builder.endObject();
  }
  const number = value => (builder, id) => builder.addFieldInt64(id, BigInt(value), 0n);
  const offset = value => (builder, id) => builder.addFieldOffset(id, value, 0);
  const flag = value => (builder, id) => builder.addFieldInt8(id, value ? 1 : 0, 0);

  /** Makes a response whose body is the root table of a buffer. */
  function responseWith(builder, root) {
    builder.finish(root);
    const buffer = new ByteBuffer(builder.asUint8Array());
    return { body: dump => dump.__init(buffer.readInt32(0), buffer) };
  }

  test('WorkerDumpTest: reads every field of the send backend', () => {
    const builder = new Builder();
    const vectorOf = tables => {
      builder.startVector(4, tables.length, 4);
      tables.toReversed().forEach(each => builder.addOffset(each));
      return builder.endVector();
    };
    const counters = (name, value) => {
      const nameOffset = builder.createString(name);
      return vectorOf([
        table(builder, 2, [
          [0, offset(nameOffset)],
          [1, number(value)],
        ]),
      ]);
    };
    const drops = counters('too_long', 3);
    const errors = counters('ENETUNREACH', 2);
    builder.startVector(8, 2, 8);
    [5n, 2n ** 40n].toReversed().forEach(value => builder.addInt64(value));
    const runLengths = builder.endVector();
    builder.startVector(8, 1, 8);
    builder.addInt64(9n);
    const batchSizes = builder.endVector();
    const mode = builder.createString('io_uring+gso');
    const reason = builder.createString('RLIMIT_MEMLOCK');
    const numbers = Array.from({ length: 13 }, (_, index) => [4 + index, number(100 + index)]);
    const egress = table(builder, 23, [
      [0, offset(mode)],
      [1, offset(reason)],
      [2, flag(false)],
      [3, flag(true)],
      ...numbers,
      [17, offset(drops)],
      [18, offset(errors)],
      [19, offset(runLengths)],
      [20, offset(batchSizes)],
      [21, number(121)],
      [22, number(122)],
    ]);
    const ingress = table(builder, 4, [
      [0, number(7)],
      [1, number(700)],
      [2, number(1)],
    ]);
    const ended = counters('slow', 4);
    const tcpNumbers = Array.from({ length: 10 }, (_, index) => [index, number(200 + index)]);
    const tcp = table(builder, 12, [...tcpNumbers, [10, offset(ended)]]);
    const pid = (b, id) => b.addFieldInt32(id, 4242, 0);
    const load = table(builder, 1, [[0, number(42)]]);
    const holderName = builder.createString('history');
    const holders = vectorOf([
      table(builder, 3, [
        [0, offset(holderName)],
        [1, number(6)],
        [2, number(60)],
      ]),
    ]);
    const poolNumbers = Array.from({ length: 5 }, (_, index) => [index, number(300 + index)]);
    const pool = table(builder, 7, [...poolNumbers, [5, offset(holders)], [6, number(306)]]);
    const root = table(builder, 10, [
      [0, pid],
      [4, offset(egress)],
      [5, offset(ingress)],
      [6, offset(load)],
      [7, offset(tcp)],
      [9, offset(pool)],
    ]);

    assert.deepEqual(parseWorkerDump(responseWith(builder, root)), {
      pid: 4242,
      egress: {
        mode: 'io_uring+gso',
        modeReason: 'RLIMIT_MEMLOCK',
        zeroCopyEnabled: false,
        gsoEnabled: true,
        sends: 100,
        datagrams: 101,
        bytes: 102,
        gsoSends: 103,
        zeroCopySends: 104,
        zeroCopyCopied: 105,
        fallbacks: 106,
        flushes: 107,
        submits: 108,
        queueFull: 109,
        slotsInFlight: 110,
        slotsInFlightMax: 111,
        slotsTotal: 112,
        drops: { too_long: 3 },
        sendErrors: { ENETUNREACH: 2 },
        runLengths: [5, 2 ** 40],
        batchSizes: [9],
        paddedPackets: 121,
        paddingBytes: 122,
      },
      ingress: { datagrams: 7, bytes: 700, receiveCalls: 1, drops: {} },
      tcp: {
        listeners: 200,
        connections: 201,
        strangers: 202,
        accepted: 203,
        refused: 204,
        acceptFailures: 205,
        packetsReceived: 206,
        bytesReceived: 207,
        packetsSent: 208,
        bytesSent: 209,
        ended: { slow: 4 },
        drops: {},
      },
      pool: {
        limit: 300,
        allocated: 301,
        inUse: 302,
        videoReserve: 303,
        audioReserve: 304,
        holders: { history: { packets: 6, limit: 60 } },
        gapPacketsShed: 306,
      },
    });
  });

  test('WorkerDumpTest: has no additions when the worker reports none', () => {
    const builder = new Builder();
    const root = table(builder, 4, [[0, (b, id) => b.addFieldInt32(id, 1, 0)]]);
    assert.deepEqual(parseWorkerDump(responseWith(builder, root)), {
      pid: 1,
      egress: null,
      ingress: null,
      tcp: null,
      pool: null,
    });
  });
});
