// Short runs of the benchmarks with synthetic browsers. Times depend on the machine; the tests check that every transport
// connects, that nothing is left behind and that a call loses no packet.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { benchBin } from '../support/binaries.mjs';

async function bench(...parameters) {
  const { stdout } = await promisify(execFile)(benchBin, [...parameters, '--json'], { timeout: 60_000 });
  return JSON.parse(stdout);
}

for (const protocol of ['udp', 'tcp']) {
  test(`ConnectTest: connects transports over ${protocol} one by one, at once and in cycles, and leaves nothing behind`, async () => {
    const flags = protocol === 'tcp' ? ['--tcp'] : [];
    const { tcp, setUps, cycles, atOnce } = await bench(
      'connect',
      '--transports=3',
      '--atOnce=50',
      '--cycles=100',
      ...flags,
    );
    assert.equal(tcp, protocol === 'tcp');
    assert.deepEqual([setUps.connected, atOnce.connected, cycles.connected], [3, 50, 100]);
    assert.deepEqual([setUps.failed, atOnce.failed, cycles.failed], [0, 0, 0]);
    assert.equal(cycles.descriptorsAfter, cycles.descriptorsBefore);
    assert.ok(
      setUps.medianMicros > 0 && setUps.medianMicros <= setUps.p90Micros && setUps.p90Micros <= setUps.maxMicros,
    );
    assert.ok(setUps.cpuMsEach > 0);
  });
}

for (const kind of ['none', 'garbage', 'stun', 'hello']) {
  test(`FloodTest: keeps a call intact during a small flood of kind ${kind}`, async () => {
    const run = await bench('flood', `--kind=${kind}`, '--rate=5000', '--seconds=1');
    assert.ok(run.sent >= 140);
    assert.equal(run.received, run.sent);
    assert.equal(run.corrupt, 0);
    assert.equal(run.floodSent > 0, kind !== 'none');
    assert.equal(run.answers > 0, kind === 'stun');
    assert.ok(run.answers <= run.answerLimit);
    // The first drop and the first rejection of each kind. The worker's limit is ten lines per second.
    assert.ok(run.logLines <= 10);
  });
}

test('BenchOptionsTest: exits with 42 and names a wrong option', async () => {
  for (const [name, option] of [
    ['connect', '--atOnce=2001'],
    ['flood', '--kind=rain'],
  ]) {
    await assert.rejects(
      bench(name, option),
      error => error.code === 42 && error.stderr.includes(option.split('=')[1]),
    );
  }
});
