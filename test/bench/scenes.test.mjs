import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  burstsOf,
  consumes,
  forwardedPerSecond,
  inspectionSteps,
  kindsOf,
  loadArguments,
  scenes,
  selectScenes,
  streamSsrc,
  sweepLimit,
  videoRateFor,
} from './compare/scenes.mjs';

const loads = scenes.flatMap(({ name, points }) => points.map(({ load }) => ({ name, load })));
const loadOf = name => scenes.find(scene => scene.name === name).load;

test('ScenesTest: has only scenes that the load can send and that a worker of 20 us per packet can forward', () => {
  for (const { name, load } of loads) {
    assert.ok(load.producers >= 1 && load.producers <= 100, name);
    assert.ok(load.consumers >= 1 && load.consumers <= 2000, name);
    assert.ok(load.size >= 64 && load.size <= 1400, name);
    assert.ok(kindsOf(load).length > 0, name);
    assert.ok(forwardedPerSecond(load) <= 40_000, `${name}: ${forwardedPerSecond(load)}`);
  }
});

test('ScenesTest: has the scenes of the comparison', () => {
  assert.equal(new Set(scenes.map(({ name }) => name)).size, scenes.length);
  assert.equal(loadOf('webinar-500').consumers, 500);
  assert.equal(loadOf('meeting-30').producers, 30);
  assert.equal(loadOf('plain').suite, 'none');
  assert.equal(loadOf('aes-cm').suite, 'AES_CM_128_HMAC_SHA1_80');
  assert.deepEqual(kindsOf(loadOf('audio-100')), ['audio']);
  const sweep = name => scenes.find(scene => scene.name === name).points.map(({ x }) => x);
  assert.deepEqual([sweep('consumers').at(0), sweep('consumers').at(-1)], [1, 2000]);
  assert.deepEqual([sweep('producers').at(0), sweep('producers').at(-1)], [1, 100]);
});

test('ScenesTest: keeps the rate of a sweep up to the limit of packets', () => {
  const { points } = scenes.find(({ name }) => name === 'consumers');
  for (const { x, load } of points) {
    assert.equal(load.pps, x <= 100 ? 300 : Math.floor(sweepLimit / x));
  }
});

test('ScenesTest: excludes own streams in a meeting and sends audio of talkers only', () => {
  const load = { producers: 10, consumers: 10, pps: 100, audioPps: 50, talkers: 3, leaveOutOwn: true };
  assert.equal(forwardedPerSecond(load), 10 * 9 * 100 + 3 * 9 * 50);
  assert.equal(forwardedPerSecond({ ...load, leaveOutOwn: false }), 10 * 10 * 100 + 3 * 10 * 50);
  // The last two only send.
  assert.equal(forwardedPerSecond({ ...load, consumers: 8, audioPps: 0 }), (8 * 7 + 2 * 8) * 100);
  assert.equal(consumes(load, 3, 3), false);
  assert.equal(consumes(load, 3, 4), true);
  assert.equal(consumes({ leaveOutOwn: false }, 3, 3), true);
});

test('ScenesTest: finds the video rate for a total of packets', () => {
  const load = loadOf('webinar-40');
  for (const pps of [1, 300, 7777]) {
    assert.equal(videoRateFor(load, forwardedPerSecond({ ...load, pps })), pps);
  }
  assert.equal(videoRateFor(load, 0), 1);
});

test('ScenesTest: inspects packets at every position of a burst', () => {
  const gcd = (a, b) => (b === 0 ? a : gcd(b, a % b));
  for (const { name, load } of loads) {
    for (const pps of [load.pps, 1000 * load.pps]) {
      assert.equal(gcd(inspectionSteps({ ...load, pps }).inspectEvery, load.burst), 1, name);
    }
  }
  assert.deepEqual(inspectionSteps({ ...loadOf('webinar-40'), consumers: 1 }), {
    inspectEvery: 1,
    inspectAudioEvery: 1,
  });
});

test('ScenesTest: inspects audio closely beside much video', () => {
  const { inspectEvery, inspectAudioEvery } = inspectionSteps({ ...loadOf('webinar-40'), pps: 20_000 });
  assert.equal(inspectAudioEvery, 1);
  assert.ok(inspectEvery > 100);
  assert.equal(inspectionSteps(loadOf('audio-100')).inspectAudioEvery, 7);
});

test('ScenesTest: counts the bursts of all senders', () => {
  assert.equal(burstsOf({ producers: 3, pps: 40, audioPps: 50, talkers: 2, burst: 4 }, 5), 5 * (30 + 100));
});

test('ScenesTest: turns a load into arguments of the load generator', () => {
  const args = loadArguments(loadOf('meeting-10'), 3);
  for (const expected of [
    '--producers=10',
    '--consumers=10',
    '--talkers=3',
    '--seconds=3',
    '--leaveOutOwn',
    '--lastLarger',
  ]) {
    assert.ok(args.includes(expected), expected);
  }
  assert.ok(!loadArguments(loadOf('plain'), 3).includes('--leaveOutOwn'));
  assert.ok(loadArguments(loadOf('plain'), 3).includes('--suite=none'));
  assert.ok(loadArguments(loadOf('plain'), 3).includes('--receiveEvery=0'));
  assert.ok(loadArguments(loadOf('overload'), 3).includes('--receiveEvery=500'));
  assert.ok(args.includes('--inspectAudioEvery=1'));
});

test('ScenesTest: uses the ssrcs of the load', () => {
  assert.equal(streamSsrc(0, 'video'), 0x1000);
  assert.equal(streamSsrc(0, 'audio'), 0x1001);
  assert.equal(streamSsrc(99, 'audio'), 0x1000 + 199);
});

test('ScenesTest: selects scenes by name, in order, with those that they need', () => {
  assert.equal(selectScenes([]).length, scenes.length - 3);
  assert.deepEqual(
    selectScenes(['latency', 'plain']).map(({ name }) => name),
    ['plain', 'capacity', 'latency'],
  );
  assert.deepEqual(
    selectScenes(['overload']).map(({ name }) => name),
    ['capacity', 'overload'],
  );
  assert.throws(() => selectScenes(['plain', 'chicken']), /chicken.*webinar-40/);
});

test('ScenesTest: begins with the target figures on either rig', () => {
  const names = found => found.map(({ name }) => name);
  assert.deepEqual(names(selectScenes([])).slice(0, 3), ['table-10', 'table-4', 'table-1']);
  assert.deepEqual(names(selectScenes([], 'veth')), ['veth-10', 'veth-4', 'veth-1']);
  assert.throws(() => selectScenes(['plain'], 'veth'), /plain.*veth-10/);
  assert.throws(() => selectScenes(['veth-10']), /veth-10/);
  for (const { load, floor } of [...selectScenes(['table-10', 'table-4', 'table-1']), ...selectScenes([], 'veth')]) {
    assert.deepEqual([load.pps, load.audioPps, load.consumers, load.size, load.lastLarger], [300, 50, 40, 1200, false]);
    assert.ok(floor.target.peer < 0.5);
  }
});

test('ScenesTest: passes the sink to the load', () => {
  const args = loadArguments(loadOf('table-10'), 3, { far: '192.0.2.2', near: '192.0.2.1' });
  assert.ok(args.includes('--sink=192.0.2.2') && args.includes('--sinkVia=192.0.2.1'));
  assert.ok(!loadArguments(loadOf('table-10'), 3).some(argument => argument.startsWith('--sink')));
});
