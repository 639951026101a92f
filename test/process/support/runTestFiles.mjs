// Runs files of node:test tests and closes with the line "N passed, M failed".
import fs from 'node:fs';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

// Far above any file of tests; a hang must not become the caller's time-out.
const kTestLimit = process.env.RINGCAST_E2E === 'long' ? 3_600_000 : 120_000;

/** @param {{files: string[], concurrency: number, needs: string[]}} options needs: files without which nothing can run */
export async function runTestFiles({ files, concurrency, needs }) {
  const missing = needs.filter(file => !fs.existsSync(file));
  if (missing.length > 0) {
    console.log(`missing: ${missing.join(', ')}\n0 passed, 1 failed`);
    process.exitCode = 1;
    return;
  }
  let passed = 0;
  let failed = 0;
  const isTest = ({ details }) => details.type !== 'suite';
  const stream = run({ files, concurrency, timeout: kTestLimit, execArgv: ['--test-force-exit'] });
  stream.on('test:pass', event => {
    // A skipped test has not passed.
    if (isTest(event) && event.skip === undefined && event.todo === undefined) {
      ++passed;
    }
  });
  stream.on('test:fail', event => {
    if (isTest(event)) {
      ++failed;
    }
  });
  const report = stream.compose(new spec());
  report.pipe(process.stdout, { end: false });
  await new Promise(resolve => report.once('end', resolve));
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
}
