// The build without the optional libraries, libsrtp2 and intel-ipsec-mb. RINGCAST_MINIMAL_BUILD is its folder.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, test } from 'node:test';
import { benchBin } from '../support/binaries.mjs';
import { measure } from '../bench/compare/measure.mjs';
import { scenes } from '../bench/compare/scenes.mjs';
import { WorkerProcess } from './support/WorkerProcess.mjs';

const build = process.env.RINGCAST_MINIMAL_BUILD;
const workerBin = path.join(build ?? '', 'worker/ringcast-worker');
const minimalBenchBin = path.join(build ?? '', 'bench/ringcast-bench');
const kWrongOptions = 42;

// With the five NSS and NSPR libraries that Debian's libsrtp2 depends on.
const kOptional = /^lib(srtp2|nss3|nssutil3|nspr4|plc4|plds4|IPSec_MB)\./;

function librariesOf(bin) {
  const lines = execFileSync('ldd', [bin], { encoding: 'utf8' }).trim().split('\n');
  return lines.map(line => path.basename(line.trim().split(' ')[0]));
}

describe('the build without the optional libraries', { skip: build === undefined }, () => {
  for (const bin of [workerBin, minimalBenchBin]) {
    test(`MinimalBuildTest: links no optional library: ${path.basename(bin)}`, () => {
      const libraries = librariesOf(bin);
      assert.ok(
        libraries.some(name => name.startsWith('libcrypto.')),
        `${libraries}`,
      );
      assert.deepEqual(
        libraries.filter(name => kOptional.test(name)),
        [],
      );
    });
  }

  test('MinimalBuildTest: creates an SRTP transport', async () => {
    const worker = await WorkerProcess.start({ bin: workerBin });
    const router = await worker.createRouter();
    await router.createPlainTransport({ listenInfo: { protocol: 'udp', ip: '127.0.0.1' }, enableSrtp: true });
    assert.deepEqual(await worker.close(), { code: 0, signal: null });
  });

  for (const engine of ['libsrtp2', 'ipsec-mb']) {
    test(`MinimalBuildTest: rejects --srtp=${engine} and names the available engines`, () => {
      const { stdout, stderr, status } = spawnSync(minimalBenchBin, ['fanout', `--srtp=${engine}`], {
        encoding: 'utf8',
      });
      assert.equal(status, kWrongOptions);
      assert.equal(stdout, '');
      const reason = 'the engines of this build are auto, openssl';
      assert.equal(stderr, `ringcast-bench: wrong value "${engine}" for --srtp: ${reason}\n`);
    });
  }

  for (const suite of ['AEAD_AES_128_GCM', 'AES_CM_128_HMAC_SHA1_80']) {
    const meeting = scenes.find(({ name }) => name === 'meeting-10').load;
    const load = { ...meeting, suite, producers: 4, consumers: 4, pps: 40, talkers: 2 };

    // The load of the full build encrypts and decrypts with libsrtp2.
    for (const loadBin of [benchBin, minimalBenchBin]) {
      test(`MinimalBuildTest: forwards a meeting of four with ${suite}, loaded by ${path.relative(process.cwd(), loadBin)}`, async () => {
        const run = await measure({ bin: workerBin, loadBin, load, seconds: 1 });
        assert.equal(run.lossPercent, 0);
        assert.equal(run.packetsPerSecond, run.offeredPerSecond);
        assert.ok(run.inspected > 0);
        assert.equal(run.corrupt, 0);
      });
    }
  }
});
