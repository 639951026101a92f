// `ringcast-worker bench` runs ringcast-bench, a separate program.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { workerBin } from '../support/binaries.mjs';

const kNoBench = 1;

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'ringcast-bench-'));
after(() => fs.rmSync(root, { recursive: true, force: true }));

/** Makes a folder with programs: ringcast-worker, or a ringcast-bench that prints its name and arguments. */
function folderWith(name, ...programs) {
  const folder = path.join(root, name);
  fs.mkdirSync(folder);
  if (programs.includes('ringcast-worker')) {
    fs.copyFileSync(workerBin, path.join(folder, 'ringcast-worker'));
  }
  if (programs.includes('ringcast-bench')) {
    const script = `#!/bin/sh\nprintf '%s\\n' ${name} "$@"\nexit 7\n`;
    fs.writeFileSync(path.join(folder, 'ringcast-bench'), script, { mode: 0o755 });
  }
  return folder;
}

const alone = folderWith('alone', 'ringcast-worker');
const together = folderWith('together', 'ringcast-worker', 'ringcast-bench');
const onPath = folderWith('onPath', 'ringcast-bench');

function runBench(folder, searchPath, args) {
  const env = { ...process.env, PATH: searchPath };
  return spawnSync(path.join(folder, 'ringcast-worker'), ['bench', ...args], { env, encoding: 'utf8' });
}

test('BenchTest: runs the ringcast-bench beside the worker, with its arguments and exit status', () => {
  const args = ['fanout', '--seconds=1', 'two words', ''];
  const { stdout, stderr, status } = runBench(together, onPath, args);
  assert.equal(stdout, ['together', ...args, ''].join('\n'));
  assert.equal(stderr, '');
  assert.equal(status, 7);
});

test('BenchTest: runs the ringcast-bench on PATH when there is none beside the worker', () => {
  const { stdout, status } = runBench(alone, onPath, ['--help']);
  assert.equal(stdout, 'onPath\n--help\n');
  assert.equal(status, 7);
});

test('BenchTest: finds the folder of the worker through a symbolic link', () => {
  const links = folderWith('links');
  fs.symlinkSync(path.join(together, 'ringcast-worker'), path.join(links, 'ringcast-worker'));
  assert.equal(runBench(links, links, []).stdout, 'together\n');
});

test('BenchTest: explains how to get ringcast-bench and exits with 1 when it is missing', () => {
  const { stdout, stderr, status } = runBench(alone, alone, ['fanout']);
  assert.equal(stdout, '');
  assert.match(stderr, /^ringcast-worker: [^\n]*ringcast-bench[^\n]*make install[^\n]*\n$/);
  assert.ok(stderr.includes(`${alone}/ `), stderr);
  assert.equal(status, kNoBench);
});

test('BenchTest: names a ringcast-bench that it may not run and exits with 1', () => {
  const broken = folderWith('broken', 'ringcast-worker', 'ringcast-bench');
  const bench = path.join(broken, 'ringcast-bench');
  fs.chmodSync(bench, 0o644);
  const { stdout, stderr, status } = runBench(broken, onPath, []);
  assert.equal(stdout, '');
  assert.ok(stderr.startsWith(`ringcast-worker: cannot run ${bench}: `), stderr);
  assert.equal(status, kNoBench);
});
