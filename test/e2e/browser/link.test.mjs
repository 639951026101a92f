// The simulated network has the impairments that a test sets, and the same ones for the same seed.
import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import { realTimeTest } from '../../support/realTimeTest.mjs';
import { Link } from './support/Link.mjs';
import { Relay } from './support/Relay.mjs';

const kPackets = 20_000;
const kBytes = 1200;
const kSpacing = 2;

/** Sends a datagram every two milliseconds and returns the arrivals of each. */
function run(options, seed = 1) {
  const link = new Link(seed, options);
  const arrivals = Array.from({ length: kPackets }, (_, i) => link.offer(kSpacing * i, kBytes));
  return { arrivals, link, delays: arrivals.flatMap((times, i) => times.map(time => time - kSpacing * i)) };
}

test('LinkTest: forwards each datagram at once without impairments', () => {
  assert.deepEqual(new Set(run({}).delays), new Set([0]));
  assert.equal(run({}).delays.length, kPackets);
});

for (const loss of [0.01, 0.05, 0.3]) {
  test(`LinkTest: loses ${100 * loss} % of the datagrams`, () => {
    const share = run({ loss }).link.counters.lost / kPackets;
    // Four standard deviations.
    assert.ok(Math.abs(share - loss) < 4 * Math.sqrt((loss * (1 - loss)) / kPackets), `${share}`);
  });
}

test('LinkTest: loses bursts of the set number and length', () => {
  const { arrivals } = run({ burst: { enter: 0.01, leave: 0.25 } });
  const lost = arrivals.map(times => times.length === 0);
  const bursts = lost.filter((gone, i) => gone && !lost[i - 1]).length;
  const mean = lost.filter(Boolean).length / bursts;
  assert.ok(Math.abs(mean - 4) < 0.5, `a burst is ${mean} datagrams long`);
  assert.ok(Math.abs(bursts / kPackets - 1 / 104) < 0.002, `${bursts} bursts`);
});

test('LinkTest: repeats its decisions for the same seed', () => {
  const options = { loss: 0.05, jitterMs: 10, reorder: 0.02, duplicate: 0.02 };
  assert.deepEqual(run(options, 7).arrivals, run(options, 7).arrivals);
  assert.notDeepEqual(run(options, 7).arrivals, run(options, 8).arrivals);
});

test('LinkTest: loses the same datagrams when other impairments change', () => {
  const lost = options => run(options, 3).arrivals.map(times => times.length === 0);
  assert.deepEqual(lost({ loss: 0.05 }), lost({ loss: 0.05, delayMs: 30, jitterMs: 5, reorder: 0.1, duplicate: 0.1 }));
});

test('LinkTest: adds delay and jitter and keeps the order', () => {
  const { delays, arrivals } = run({ delayMs: 30, jitterMs: 10 });
  assert.ok(Math.min(...delays) >= 30 && Math.max(...delays) <= 40, `${Math.min(...delays)} to ${Math.max(...delays)}`);
  const times = arrivals.flat();
  assert.deepEqual(
    times,
    [...times].sort((a, b) => a - b),
  );
});

test('LinkTest: delays reordered datagrams behind later ones and delivers duplicates twice', () => {
  const { arrivals, link } = run({ delayMs: 5, reorder: 0.02, reorderMs: 9, duplicate: 0.03 });
  const late = arrivals.filter(([time], i) => time > kSpacing * i + 5).length;
  assert.equal(late, link.counters.reordered);
  assert.ok(Math.abs(late / kPackets - 0.02) < 0.005, `${late} late`);
  const twice = arrivals.filter(times => times.length === 2).length;
  assert.ok(Math.abs(twice / kPackets - 0.03) < 0.006, `${twice} twice`);
});

test('LinkTest: limits the rate and drops what exceeds the queue', () => {
  // The load is 4.8 Mbit/s.
  const { delays, link } = run({ kilobits: 1000, queueMs: 100 });
  const seconds = (kSpacing * kPackets) / 1000;
  const kilobits = (8 * kBytes * delays.length) / 1000 / seconds;
  assert.ok(kilobits > 990 && kilobits < 1010, `${kilobits} kbit/s`);
  assert.ok(Math.max(...delays) <= 110, `${Math.max(...delays)} ms`);
  assert.equal(link.counters.overflowed, kPackets - delays.length);
});

test('LinkTest: rejects an unknown impairment', () => {
  assert.throws(() => new Link(1, { lost: 0.1 }), /no lost/);
});

async function socketWith(t, onMessage) {
  const socket = dgram.createSocket('udp4');
  t.after(() => socket.close());
  socket.on('message', onMessage);
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}

/** Measures the round trips of datagrams to an echo behind the relay. */
async function roundTrips(t, options, count) {
  const worker = await socketWith(t, (datagram, { port }) => worker.send(datagram, port, '127.0.0.1'));
  const relay = await Relay.start({ ip: '127.0.0.1', workerPort: worker.address().port, seed: 1 });
  t.after(() => relay.close());
  relay.change(options);
  const times = [];
  const page = await socketWith(t, datagram => times.push(performance.now() - Number(datagram)));
  for (let i = 0; i < count; ++i) {
    page.send(String(performance.now()), relay.port, '127.0.0.1');
    await new Promise(resolve => setTimeout(resolve, kSpacing));
  }
  await new Promise(resolve => setTimeout(resolve, 4 * (options.delayMs ?? 0) + 100));
  return times.sort((a, b) => a - b);
}

realTimeTest('RelayTest: adds less than a millisecond per direction', async t => {
  const times = await roundTrips(t, {}, 500);
  assert.equal(times.length, 500);
  assert.ok(times[250] < 2, `median ${times[250]} ms`);
});

realTimeTest('RelayTest: delays by the set time, within two milliseconds per direction', async t => {
  const times = await roundTrips(t, { delayMs: 30 }, 200);
  assert.equal(times.length, 200);
  assert.ok(times[0] >= 59 && times[100] < 64, `least ${times[0]} ms, median ${times[100]} ms`);
});
