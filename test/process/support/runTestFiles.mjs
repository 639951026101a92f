// Runs files of node:test tests. The last line is "N passed, M failed", after "K skipped" if any was skipped.
import fs from 'node:fs';
import path from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

// Far above the duration of any test file. It reports a hang before the caller times out.
const isLong = process.env.RINGCAST_E2E === 'long' || process.env.RINGCAST_ATTACK === 'long';
const kTestLimit = isLong ? 3_600_000 : 300_000;

// More second tries than this are a fault, of a test or of the worker.
const kSecondTries = 1;

const isTest = ({ details }) => details.type !== 'suite';
const isSkipped = event => event.skip !== undefined || event.todo !== undefined;
const escapeRegExp = text => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Runs and prints them. @returns {Promise<{passed: object[], failed: object[], skipped: object[]}>} events of tests, without suites */
async function runAndPrint({ files, concurrency, names }) {
  const events = { passed: [], failed: [], skipped: [] };
  const testNamePatterns = names?.map(name => new RegExp(`${escapeRegExp(name)}$`));
  const stream = run({ files, concurrency, timeout: kTestLimit, execArgv: ['--test-force-exit'], testNamePatterns });
  // The tests in a skipped suite are not reported: the suite counts as one.
  stream.on('test:pass', event => (isSkipped(event) ? events.skipped : isTest(event) ? events.passed : []).push(event));
  stream.on('test:fail', event => isTest(event) && events.failed.push(event));
  const report = stream.compose(new spec());
  report.pipe(process.stdout, { end: false });
  await new Promise(resolve => report.once('end', resolve));
  return events;
}

// A file that crashed or exceeded its time is reported like a test that has its name.
const isFile = ({ name, file }) => path.resolve(name) === file;

/** Runs again the tests that failed. @returns {Promise<{passed: object[], skipped: object[]}>} those that no longer fail */
async function runSecondTry(failed) {
  const tests = failed.filter(event => !isFile(event));
  if (tests.length === 0) {
    return { passed: [], skipped: [] };
  }
  const names = new Set(tests.map(({ name }) => name));
  const files = [...new Set(tests.map(({ file }) => file))];
  console.log(`second try: ${[...names].join('; ')}`);
  const second = await runAndPrint({ files, concurrency: 1, names: [...names] });
  const stillFailing = new Set(second.failed.map(({ name }) => name));
  const recovered = events => events.filter(({ name }) => names.has(name) && !stillFailing.has(name));
  return { passed: recovered(second.passed), skipped: recovered(second.skipped) };
}

/**
 * @param {{files: string[], concurrency: number, needs: string[], secondTry?: boolean, beforeSummary?: () => void}} options
 *   needs: files without which no test can run.
 *   secondTry: runs failed tests again, because other programs decide about them too; never for what depends on the worker alone.
 *     More than one test that passes only then is a failure.
 *   beforeSummary: called after the tests, before the summary.
 */
export async function runTestFiles({ files, concurrency, needs, secondTry = false, beforeSummary = () => {} }) {
  const missing = needs.filter(file => !fs.existsSync(file));
  if (missing.length > 0) {
    console.log(`missing: ${missing.join(', ')}\n0 passed, 1 failed`);
    process.exitCode = 1;
    return;
  }
  const { passed, failed, skipped } = await runAndPrint({ files, concurrency });
  const second = secondTry ? await runSecondTry(failed) : { passed: [], skipped: [] };
  let failures = failed.length - second.passed.length - second.skipped.length;
  if (secondTry) {
    const names = second.passed.map(({ name }) => name);
    console.log(
      [`tests that passed only at the second try: ${names.length} (at most ${kSecondTries})`, ...names].join('\n  '),
    );
    failures += names.length > kSecondTries ? 1 : 0;
  }
  const successes = passed.length + second.passed.length;
  const skips = [...skipped, ...second.skipped];
  beforeSummary();
  skips.forEach(({ name, skip }) => console.log(`skipped: ${name}${typeof skip === 'string' ? ` (${skip})` : ''}`));
  if (skips.length > 0) {
    console.log(`${skips.length} skipped`);
  }
  process.exitCode = failures > 0 || successes + skips.length === 0 ? 1 : 0;
  process.stdout.write(`${successes} passed, ${failures} failed\n`);
}
