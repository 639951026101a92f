// `make install`: the files that it installs, and that they run.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { readElf } from './support/elf.mjs';
import { WorkerProcess } from './support/WorkerProcess.mjs';

const root = path.join(import.meta.dirname, '../..');
const built = { 'ringcast-worker': 'build/worker/ringcast-worker', 'ringcast-bench': 'build/bench/ringcast-bench' };

describe('make install', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ringcast-install-'));
  after(() => fs.rmSync(folder, { recursive: true, force: true }));
  let bin;

  before(() => {
    const env = { ...process.env, MAKEFLAGS: '' };
    execFileSync('make', ['-C', root, 'install', `DESTDIR=${folder}`], { stdio: 'ignore', env });
    const worker = fs.readdirSync(folder, { recursive: true }).find(name => path.basename(name) === 'ringcast-worker');
    bin = path.join(folder, path.dirname(worker));
  });

  for (const [name, source] of Object.entries(built)) {
    test(`InstallTest: strips ${name} and keeps the symbols of the built one`, () => {
      assert.equal(readElf(path.join(bin, name)).stripped, true);
      assert.equal(readElf(path.join(root, source)).stripped, false);
    });
  }

  test('InstallTest: installs a worker that starts and closes', async () => {
    const worker = await WorkerProcess.start({ bin: path.join(bin, 'ringcast-worker') });
    assert.deepEqual(await worker.close(), { code: 0, signal: null });
  });

  test('InstallTest: installs ringcast-bench where ringcast-worker finds it', () => {
    const stdout = execFileSync(path.join(bin, 'ringcast-worker'), ['bench', '--version'], { encoding: 'utf8' });
    assert.match(stdout, /^ringcast-bench \d+\.\d+\.\d+\n$/);
  });
});
