// What makes a fault of the worker harder to use: how it was built, and what it may ask of the kernel.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { readElf } from './support/elf.mjs';
import { plainWorkerBin, WorkerProcess } from './support/WorkerProcess.mjs';

function statusOf(pid, field) {
  return new RegExp(`^${field}:\\s+(\\S+)`, 'm').exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1];
}

describe('the release build', () => {
  const elf = readElf(plainWorkerBin);

  test('is position independent', () => assert.equal(elf.positionIndependent, true));
  test('has read-only relocations, bound at start', () => {
    assert.equal(elf.relocationsReadOnly, true);
    assert.equal(elf.bindsAtStart, true);
  });
  test('has no executable stack', () => assert.equal(elf.executableStack, false));
  test('has stack protectors', () => assert.equal(elf.mentions('__stack_chk_fail'), true));
  test('has checked versions of library functions', () => {
    const checked = ['__memcpy_chk', '__memset_chk', '__memmove_chk', '__snprintf_chk', '__read_chk'];
    assert.ok(
      checked.some(name => elf.mentions(name)),
      `none of ${checked.join(', ')}`,
    );
  });
  if (process.arch === 'x64') {
    // The file as a whole is marked only where the C library's start files are, which Debian's are not.
    test('has marked targets of indirect jumps', () => assert.ok(elf.branchTargets > 1000, String(elf.branchTargets)));
  }
});

describe('the sandbox', () => {
  const kFilter = '2';
  const kNone = '0';

  test('is entered by default', async () => {
    const worker = await WorkerProcess.start();
    assert.equal(statusOf(worker.pid, 'Seccomp'), kFilter);
    assert.equal(statusOf(worker.pid, 'NoNewPrivs'), '1');
    assert.deepEqual(await worker.close(), { code: 0, signal: null });
  });

  for (const options of [{ args: ['--sandbox=off'] }, { env: { RINGCAST_SANDBOX: 'off' } }]) {
    test(`is not entered with ${JSON.stringify(options)}`, async () => {
      const worker = await WorkerProcess.start(options);
      assert.equal(statusOf(worker.pid, 'Seccomp'), kNone);
      assert.deepEqual(await worker.close(), { code: 0, signal: null });
    });
  }
});

describe('a crash', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ringcast-core-'));
  after(() => fs.rmSync(folder, { recursive: true, force: true }));
  // Elsewhere the kernel hands the dump to a program, or writes it to a folder of its own.
  const writesHere = /^core(\.|$)/.test(fs.readFileSync('/proc/sys/kernel/core_pattern', 'utf8').trim());

  async function coresAfterAbort(args) {
    const worker = await WorkerProcess.start({
      bin: '/bin/sh',
      args: ['-c', `ulimit -c unlimited; cd ${folder}; exec "$0" "$@"`, plainWorkerBin, ...args],
    });
    worker.kill('SIGABRT');
    assert.equal((await worker.ended()).signal, 'SIGABRT');
    return fs.readdirSync(folder).length;
  }

  test('leaves no core file', async () => assert.equal(await coresAfterAbort([]), 0));
  if (writesHere) {
    test('leaves one with --coreDumps=on', async () => assert.equal(await coresAfterAbort(['--coreDumps=on']), 1));
  }
});
