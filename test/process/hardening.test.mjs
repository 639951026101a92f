// Hardening: how the worker was built, and which system calls it may make.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { workerBin } from '../support/binaries.mjs';
import { readElf } from './support/elf.mjs';
import { WorkerProcess } from './support/WorkerProcess.mjs';

function statusOf(pid, field) {
  return new RegExp(`^${field}:\\s+(\\S+)`, 'm').exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1];
}

describe('the release build', () => {
  const elf = readElf(workerBin);

  test('HardeningTest: is position independent', () => assert.equal(elf.positionIndependent, true));
  test('HardeningTest: has read-only relocations, bound at start', () => {
    assert.equal(elf.relocationsReadOnly, true);
    assert.equal(elf.bindsAtStart, true);
  });
  test('HardeningTest: has no executable stack', () => assert.equal(elf.executableStack, false));
  test('HardeningTest: has stack protectors', () => assert.equal(elf.mentions('__stack_chk_fail'), true));
  test('HardeningTest: calls checked versions of library functions', () => {
    const checked = ['__memcpy_chk', '__memset_chk', '__memmove_chk', '__snprintf_chk', '__read_chk'];
    assert.ok(
      checked.some(name => elf.mentions(name)),
      `none of ${checked.join(', ')}`,
    );
  });
  if (process.arch === 'x64') {
    // The linker marks the whole file only if the start files of the C library are marked; Debian's are not.
    test('HardeningTest: marks the targets of indirect jumps', () =>
      assert.ok(elf.branchTargets > 1000, String(elf.branchTargets)));
  }
});

describe('the sandbox', () => {
  const kFilter = '2';
  const kNone = '0';

  test('SandboxTest: is entered by default', async () => {
    const worker = await WorkerProcess.start();
    assert.equal(statusOf(worker.pid, 'Seccomp'), kFilter);
    assert.equal(statusOf(worker.pid, 'NoNewPrivs'), '1');
    assert.deepEqual(await worker.close(), { code: 0, signal: null });
  });

  for (const options of [{ args: ['--sandbox=off'] }, { env: { RINGCAST_SANDBOX: 'off' } }]) {
    test(`SandboxTest: is not entered with ${JSON.stringify(options)}`, async () => {
      const worker = await WorkerProcess.start(options);
      assert.equal(statusOf(worker.pid, 'Seccomp'), kNone);
      assert.deepEqual(await worker.close(), { code: 0, signal: null });
    });
  }
});

describe('a crash', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ringcast-core-'));
  after(() => fs.rmSync(folder, { recursive: true, force: true }));
  // Otherwise the kernel pipes the dump to a program, or writes it to another folder.
  const writesHere = /^core(\.|$)/.test(fs.readFileSync('/proc/sys/kernel/core_pattern', 'utf8').trim());

  async function coresAfterAbort(args) {
    const worker = await WorkerProcess.start({
      bin: '/bin/sh',
      args: ['-c', `ulimit -c unlimited; cd ${folder}; exec "$0" "$@"`, workerBin, ...args],
    });
    worker.kill('SIGABRT');
    assert.equal((await worker.ended()).signal, 'SIGABRT');
    return fs.readdirSync(folder).length;
  }

  test('CrashTest: leaves no core file', async () => assert.equal(await coresAfterAbort([]), 0));
  if (writesHere) {
    test('CrashTest: leaves a core file with --coreDumps=on', async () =>
      assert.equal(await coresAfterAbort(['--coreDumps=on']), 1));
  }
});
