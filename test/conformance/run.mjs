// Runs the selected files of the controller's suite with jest, in band (its time-outs of 2 s are meant for an idle machine),
// and checks that exactly the tests ran that selection.mjs names.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { workerBin } from '../support/binaries.mjs';
import { excluded, included } from './selection.mjs';

const require = createRequire(import.meta.url);
const here = path.dirname(fileURLToPath(import.meta.url));
const testFolder = path.join(path.dirname(require.resolve('mediasoup')), 'test');
const jestBin = path.join(path.dirname(require.resolve('jest/package.json')), 'bin', 'jest.js');

let passed = 0;
const failures = [];

function fail(message) {
  failures.push(message);
  console.log(`not ok: ${message}`);
}

function escapeRegExp(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** Runs one jest process. Returns its JSON report, or null if jest itself failed. */
function runJest(files, testNamePattern) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ringcast-conformance-'));
  const report = path.join(folder, 'report.json');
  const args = [
    jestBin,
    '--config',
    path.join(here, 'jest.config.mjs'),
    '--runInBand',
    '--ci',
    '--json',
    `--outputFile=${report}`,
    ...(testNamePattern ? ['--testNamePattern', testNamePattern] : []),
    '--runTestsByPath',
    ...files.map(file => path.join(testFolder, file)),
  ];
  try {
    const { status, signal, error } = spawnSync(process.execPath, args, {
      // With --json, jest prints the report to stdout and the readable lines to stderr.
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, MEDIASOUP_WORKER_BIN: workerBin },
      timeout: 300_000,
    });
    if (!fs.existsSync(report)) {
      fail(`jest gave no report (exit code ${status}, signal ${signal}${error ? `, ${error.message}` : ''})`);
      return null;
    }
    return JSON.parse(fs.readFileSync(report, 'utf8'));
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** Counts the tests of the file that passed. Excepted tests must exist and not have run. */
function judgeFile(file, except, report) {
  const result = report.testResults.find(({ name }) => path.basename(name) === file);
  if (!result) {
    fail(`${file}: jest did not run it`);
    return;
  }
  if (result.assertionResults.length === 0) {
    fail(`${file}: no test ran: ${result.message}`);
  }
  const seen = new Set();
  for (const { fullName, status } of result.assertionResults) {
    seen.add(fullName);
    if (except[fullName]) {
      if (status !== 'pending') {
        fail(`${file}: "${fullName}" should have been left out but is "${status}"`);
      }
    } else if (status === 'passed') {
      ++passed;
    } else {
      fail(`${file}: "${fullName}" is "${status}"`);
    }
  }
  for (const name of Object.keys(except)) {
    if (!seen.has(name)) {
      fail(`${file}: the table excepts "${name}", but there is no such test`);
    }
  }
}

function checkTableCoversPackage() {
  const inPackage = fs.readdirSync(testFolder).filter(name => /^test-.*\.js$/.test(name));
  const inTable = [...included.map(({ file }) => file), ...Object.keys(excluded)];
  for (const file of inPackage.filter(name => !inTable.includes(name))) {
    fail(`${file}: in the package, but not in selection.mjs`);
  }
  for (const file of inTable.filter(name => !inPackage.includes(name))) {
    fail(`${file}: in selection.mjs, but not in the package`);
  }
}

function main() {
  if (!fs.existsSync(workerBin)) {
    fail(`no worker at ${workerBin}: build it, or set RINGCAST_WORKER_BIN`);
    return;
  }
  const data = spawnSync(path.join(here, 'makeData'), [path.join(testFolder, 'data')], { stdio: 'inherit' });
  if (data.status !== 0) {
    fail('makeData could not make the data files (is openssl installed?)');
    return;
  }
  checkTableCoversPackage();

  const whole = included.filter(({ except }) => !except);
  const wholeReport = runJest(whole.map(({ file }) => file));
  for (const { file } of wholeReport ? whole : []) {
    judgeFile(file, {}, wholeReport);
  }

  for (const { file, except } of included.filter(entry => entry.except)) {
    // All names but the excepted ones: a test that a later version of the package adds is included.
    const names = Object.keys(except).map(escapeRegExp).join('|');
    const report = runJest([file], `^(?!(?:${names})$)`);
    if (report) {
      judgeFile(file, except, report);
    }
  }
}

main();

console.log('');
for (const [file, reason] of Object.entries(excluded)) {
  console.log(`skipped: ${file}: ${reason}`);
}
for (const { file, except } of included.filter(entry => entry.except)) {
  for (const [name, reason] of Object.entries(except)) {
    console.log(`skipped: ${file}: "${name}": ${reason}`);
  }
}
const notIn = included.flatMap(({ except }) => Object.keys(except ?? {})).length + Object.keys(excluded).length;
if (notIn > 0) {
  console.log(`${notIn} skipped`);
}
console.log(`${passed} passed, ${failures.length} failed`);
process.exitCode = failures.length > 0 || passed === 0 ? 1 : 0;
