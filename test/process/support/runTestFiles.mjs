// Runs files of node:test tests and closes with the line "N passed, M failed".
import fs from 'node:fs';
import path from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

// Far above any file of tests; a hang must not become the caller's time-out.
const isLong = process.env.RINGCAST_E2E === 'long' || process.env.RINGCAST_ATTACK === 'long';
const kTestLimit = isLong ? 3_600_000 : 300_000;

const isTest = ({ details }) => details.type !== 'suite';
// A skipped test has not passed.
const counts = event => isTest(event) && event.skip === undefined && event.todo === undefined;
const escapeRegExp = text => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Runs and prints them. @returns {Promise<{passed: object[], failed: object[]}>} events of tests, without suites */
async function runAndPrint({ files, concurrency, names }) {
  const passed = [];
  const failed = [];
  const testNamePatterns = names?.map(name => new RegExp(`${escapeRegExp(name)}$`));
  const stream = run({ files, concurrency, timeout: kTestLimit, execArgv: ['--test-force-exit'], testNamePatterns });
  stream.on('test:pass', event => counts(event) && passed.push(event));
  stream.on('test:fail', event => isTest(event) && failed.push(event));
  const report = stream.compose(new spec());
  report.pipe(process.stdout, { end: false });
  await new Promise(resolve => report.once('end', resolve));
  return { passed, failed };
}

// A file that crashed or took too long is reported like a test that has its name.
const isFile = ({ name, file }) => path.resolve(name) === file;

/** Of the tests that failed, those that pass when they are run again. */
async function passedAtSecondTry(failed) {
  const tests = failed.filter(event => !isFile(event));
  if (tests.length === 0) {
    return [];
  }
  const names = new Set(tests.map(({ name }) => name));
  const files = [...new Set(tests.map(({ file }) => file))];
  console.log(`once more, one after another: ${[...names].join('; ')}`);
  const second = await runAndPrint({ files, concurrency: 1, names: [...names] });
  const still = new Set(second.failed.map(({ name }) => name));
  return second.passed.filter(({ name }) => names.has(name) && !still.has(name));
}

/**
 * @param {{files: string[], concurrency: number, needs: string[], secondTry?: boolean, beforeSummary?: () => void}} options
 *   needs: files without which nothing can run.
 *   beforeSummary: called when all tests have run, before the last line.
 *   secondTry: for what other programs do in real time, which a busy machine spoils; never for what the worker does by itself.
 */
export async function runTestFiles({ files, concurrency, needs, secondTry = false, beforeSummary = () => {} }) {
  const missing = needs.filter(file => !fs.existsSync(file));
  if (missing.length > 0) {
    console.log(`missing: ${missing.join(', ')}\n0 passed, 1 failed`);
    process.exitCode = 1;
    return;
  }
  const { passed, failed } = await runAndPrint({ files, concurrency });
  const again = secondTry ? await passedAtSecondTry(failed) : [];
  again.forEach(({ name }) => console.log(`passed at the second try: ${name}`));
  const successes = passed.length + again.length;
  const failures = failed.length - again.length;
  beforeSummary();
  process.exitCode = failures > 0 || successes === 0 ? 1 : 0;
  process.stdout.write(`${successes} passed, ${failures} failed\n`);
}
