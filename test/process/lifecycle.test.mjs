// How the worker starts and ends: the part of its contract with the controller that concerns the process.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { workerBin } from '../support/binaries.mjs';
import { isAlive } from './support/procfs.mjs';
import { Event, FbsWorker, Method, RequestBody } from './support/schema.mjs';
import { WorkerProcess } from './support/WorkerProcess.mjs';

const kClosed = { code: 0, signal: null };
const kNoVersion = 41;
const kWrongSettings = 42;
// The contract: the worker ends within a second of its parent.
const kGoneWithin = 1000;

const here = path.dirname(fileURLToPath(import.meta.url));
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ringcast-process-'));
after(() => fs.rmSync(folder, { recursive: true, force: true }));

const certificate = path.join(folder, 'cert.pem');
const key = path.join(folder, 'key.pem');
const garbage = path.join(folder, 'garbage.pem');
execFileSync(
  'openssl',
  `req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test -keyout ${key} -out ${certificate}`.split(' '),
  { stdio: 'ignore' },
);
fs.writeFileSync(garbage, 'this is no certificate\n');

/** Asserts that a closed worker printed nothing. */
function assertSilent(worker) {
  assert.equal(worker.stdout, '', 'stdout');
  assert.equal(worker.stderr, '', 'stderr');
}

describe('starting', () => {
  test('LifecycleTest: reports its pid when it is ready, and closes with code 0 on request', async () => {
    const worker = await WorkerProcess.start();
    assert.deepEqual(await worker.close(), kClosed);
    assert.equal(worker.notifications, 1, 'notifications');
    assertSilent(worker);
  });

  test('LifecycleTest: accepts every option of the controller', async () => {
    const worker = await WorkerProcess.start({
      args: [
        '--logLevel=debug',
        ...[
          'info',
          'ice',
          'dtls',
          'rtp',
          'srtp',
          'rtcp',
          'rtx',
          'bwe',
          'score',
          'simulcast',
          'svc',
          'sctp',
          'message',
        ].map(tag => `--logTag=${tag}`),
        '--rtcMinPort=0',
        '--rtcMaxPort=65535',
        `--dtlsCertificateFile=${certificate}`,
        `--dtlsPrivateKeyFile=${key}`,
        '--libwebrtcFieldTrials=WebRTC-Bwe-AlrLimitedBackoff/Disabled/',
        '--disableLiburing=true',
      ],
    });
    assert.deepEqual(await worker.close(), kClosed);
    assertSilent(worker);
  });

  test('LifecycleTest: explains its purpose and exits with 41 without MEDIASOUP_VERSION', async () => {
    const worker = new WorkerProcess({ env: { MEDIASOUP_VERSION: undefined } });
    assert.deepEqual(await worker.ended(), { code: kNoVersion, signal: null });
    assert.match(worker.stderr, /controller/i);
    assert.match(worker.stderr, /MEDIASOUP_VERSION/);
    assert.match(worker.stderr, /--help/);
    assert.equal(worker.notifications, 0, 'notifications');
  });

  test('LifecycleTest: warns about a controller version that its schema was not checked against', async () => {
    const worker = await WorkerProcess.start({ args: ['--logLevel=warn'], env: { MEDIASOUP_VERSION: '9.87.65' } });
    assert.equal((await worker.ask(Method.WORKER_DUMP)).accepted, true);
    assert.equal(worker.logs.filter(log => log.startsWith('W') && log.includes('9.87.65')).length, 1, `${worker.logs}`);
    assert.deepEqual(await worker.close(), kClosed);
    assertSilent(worker);
  });

  test('LifecycleTest: logs no warning for the version that its schema was checked against', async () => {
    const worker = await WorkerProcess.start({ args: ['--logLevel=warn'] });
    assert.equal((await worker.ask(Method.WORKER_DUMP)).accepted, true);
    assert.deepEqual(
      worker.logs.filter(log => log.includes('version')),
      [],
    );
    await worker.close();
  });

  for (const { option, expected } of [
    { option: '--help', expected: /--logLevel/ },
    { option: '--version', expected: /\d+\.\d+\.\d+/ },
  ]) {
    test(`LifecycleTest: accepts ${option} without a controller`, () => {
      const env = { ...process.env };
      delete env.MEDIASOUP_VERSION;
      const stdout = execFileSync(workerBin, [option], {
        env,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      assert.match(stdout, expected);
    });
  }
});

describe('wrong settings', () => {
  const cases = [
    { name: 'an unknown log level', args: ['--logLevel=chicken'], says: /chicken/ },
    { name: 'a lowest port above the highest', args: ['--rtcMinPort=1000', '--rtcMaxPort=999'], says: /1000|999/ },
    { name: 'a port above 65535', args: ['--rtcMinPort=1000', '--rtcMaxPort=65536'], says: /65536/ },
    { name: 'a negative port', args: ['--rtcMinPort=-1'], says: /-1/ },
    { name: 'a port that is no number', args: ['--rtcMinPort=chicken'], says: /chicken/ },
    { name: 'a port with something behind it', args: ['--rtcMinPort=1000x'], says: /1000x/ },
    { name: 'a certificate without a key', args: [`--dtlsCertificateFile=${certificate}`], says: /dtlsPrivateKeyFile/ },
    { name: 'a key without a certificate', args: [`--dtlsPrivateKeyFile=${key}`], says: /dtlsCertificateFile/ },
    {
      name: 'a certificate file that holds none',
      args: [`--dtlsCertificateFile=${garbage}`, `--dtlsPrivateKeyFile=${key}`],
      says: /garbage\.pem/,
    },
    {
      name: 'a certificate file that is not there',
      args: ['--dtlsCertificateFile=/notfound/cert.pem', `--dtlsPrivateKeyFile=${key}`],
      says: /\/notfound\/cert\.pem/,
    },
    {
      name: 'a key file that is not there',
      args: [`--dtlsCertificateFile=${certificate}`, '--dtlsPrivateKeyFile=/notfound/key.pem'],
      says: /\/notfound\/key\.pem/,
    },
  ];
  for (const { name, args, says } of cases) {
    test(`SettingsTest: exits with 42 and names the setting: ${name}`, async () => {
      const worker = new WorkerProcess({ args });
      assert.deepEqual(await worker.ended(), { code: kWrongSettings, signal: null });
      assert.match(worker.stderr, says);
      assert.equal(worker.notifications, 0, 'notifications');
    });
  }
});

describe('signals', () => {
  for (const signal of ['SIGINT', 'SIGTERM']) {
    test(`LifecycleTest: closes with code 0 on ${signal}`, async () => {
      const worker = await WorkerProcess.start();
      worker.kill(signal);
      assert.deepEqual(await worker.ended(), kClosed);
      assertSilent(worker);
    });
  }

  for (const signal of ['SIGPIPE', 'SIGHUP', 'SIGALRM', 'SIGUSR1', 'SIGUSR2']) {
    test(`LifecycleTest: ignores ${signal}`, async () => {
      const worker = await WorkerProcess.start();
      worker.kill(signal);
      // A signal is pending before kill() returns, so the worker receives it before it answers this request.
      assert.equal((await worker.ask(Method.WORKER_DUMP)).accepted, true);
      assert.deepEqual(await worker.close(), kClosed);
      assertSilent(worker);
    });
  }
});

describe('losing the controller', () => {
  test('LifecycleTest: ends within a second of end of file on its input', async () => {
    const worker = await WorkerProcess.start();
    worker.input.end();
    assert.deepEqual(await worker.ended(kGoneWithin), kClosed);
    assertSilent(worker);
  });

  test('LifecycleTest: ends within a second when both pipes close while transports are open', async () => {
    const worker = await WorkerProcess.start();
    const router = await worker.createRouter();
    await router.createPlainTransport({ listenInfo: { protocol: 'udp', ip: '127.0.0.1' } });
    await router.createDirectTransport();
    worker.input.destroy();
    worker.output.destroy();
    const { signal } = await worker.ended(kGoneWithin);
    assert.equal(signal, null);
    assertSilent(worker);
  });

  test('LifecycleTest: handles requests before end of file and closes with code 0', async () => {
    const worker = await WorkerProcess.start();
    const ids = Array.from({ length: 50 }, () => worker.takeId());
    worker.write(Buffer.concat(ids.map(id => worker.encodeRequest(id, Method.WORKER_DUMP))));
    worker.input.end();
    assert.deepEqual(await worker.ended(kGoneWithin), kClosed);
    assert.deepEqual(
      worker.responses.map(({ id }) => id),
      ids,
    );
    assertSilent(worker);
  });

  test('LifecycleTest: ends within a second when its parent is killed', async context => {
    const controller = spawn(process.execPath, [path.join(here, 'support', 'controller.mjs'), workerBin], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    context.after(() => controller.kill('SIGKILL'));
    const workerPid = await new Promise((resolve, reject) => {
      controller.stdout.once('data', data => resolve(Number(data)));
      controller.once('exit', code => reject(new Error(`the controller exited with ${code}`)));
    });
    assert.ok(isAlive(workerPid), `the worker ${workerPid} lives`);
    controller.removeAllListeners('exit');
    controller.kill('SIGKILL');
    const deadline = performance.now() + kGoneWithin;
    while (isAlive(workerPid) && performance.now() < deadline) {
      await new Promise(resolve => setTimeout(resolve, 10));
    }
    const alive = isAlive(workerPid);
    if (alive) {
      process.kill(workerPid, 'SIGKILL');
    }
    assert.equal(alive, false, `the worker ${workerPid} outlived its parent by ${kGoneWithin} ms`);
  });
});

describe('settings at run time', () => {
  test('LifecycleTest: applies log level and tags, and rejects an unknown level by name', async () => {
    const worker = await WorkerProcess.start();
    const update = level => {
      const bodyOffset = new FbsWorker.UpdateSettingsRequestT(level, ['info', 'rtp']).pack(worker.bufferBuilder);
      return worker.ask(Method.WORKER_UPDATE_SETTINGS, {
        bodyType: RequestBody.Worker_UpdateSettingsRequest,
        bodyOffset,
      });
    };
    assert.equal((await update('debug')).accepted, true);
    const refused = await update('chicken');
    assert.equal(refused.accepted, false);
    assert.equal(refused.error, 'TypeError');
    assert.match(refused.reason, /chicken/);
    assert.deepEqual(await worker.close(), kClosed);
  });

  test('LifecycleTest: ends on WORKER_CLOSE when requests follow it', async () => {
    const worker = await WorkerProcess.start();
    worker.write(
      Buffer.concat([
        worker.encodeNotification(Event.WORKER_CLOSE),
        worker.encodeRequest(worker.takeId(), Method.WORKER_DUMP),
      ]),
    );
    assert.deepEqual(await worker.ended(), kClosed);
    assertSilent(worker);
  });
});
