import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseArguments, parseBinary } from './compare/arguments.mjs';

const kOwn = '/build/ringcast-worker';

test('ArgumentsTest: measures our worker in every scene without arguments', () => {
  const options = parseArguments([], kOwn);
  assert.deepEqual(options.binaries, [{ name: 'ringcast', path: kOwn }]);
  assert.equal(options.seconds, 5);
  assert.equal(options.rounds, 3);
  assert.deepEqual(options.scenes, []);
  assert.equal(options.json, null);
  assert.equal(options.lock, null);
  assert.equal(options.sink, null);
  assert.deepEqual(options.report, []);
});

test('ArgumentsTest: sets the option of each argument and keeps our worker first', () => {
  const options = parseArguments(
    [
      '--bin',
      'old=/opt/a,/opt/b/worker, /opt/c/worker',
      '--seconds=2',
      '--rounds',
      '7',
      '--scenes',
      'plain, aes-cm,',
      '--json=x.json',
    ],
    kOwn,
  );
  assert.deepEqual(options.binaries, [
    { name: 'ringcast', path: kOwn },
    { name: 'old', path: '/opt/a' },
    { name: 'worker', path: '/opt/b/worker' },
    { name: 'worker (2)', path: '/opt/c/worker' },
  ]);
  assert.equal(options.seconds, 2);
  assert.equal(options.rounds, 7);
  assert.deepEqual(options.scenes, ['plain', 'aes-cm']);
  assert.equal(options.json, 'x.json');
});

test('ArgumentsTest: accepts a sink of two addresses and several reports, and reserves the name of the floor', () => {
  const options = parseArguments(
    ['--sink=192.0.2.2', '--sinkVia', '192.0.2.1', '--report=a', '--report', 'b', '--bin', 'floor=/opt/f'],
    kOwn,
  );
  assert.deepEqual(options.sink, { far: '192.0.2.2', near: '192.0.2.1' });
  assert.deepEqual(options.report, ['a', 'b']);
  assert.equal(options.binaries[1].name, 'floor (2)');
  assert.throws(() => parseArguments(['--sink=192.0.2.2'], kOwn), /go together/);
});

test('ArgumentsTest: rejects meaningless arguments', () => {
  for (const argv of [
    ['--seconds=0'],
    ['--seconds=1.5'],
    ['--rounds=-1'],
    ['--rounds=many'],
    ['--chicken'],
    ['extra'],
    ['--bin==/x'],
  ]) {
    assert.throws(() => parseArguments(argv, kOwn), `${argv}`);
  }
  assert.throws(() => parseBinary('name='), /name=/);
});
