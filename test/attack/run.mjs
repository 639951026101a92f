// Runs the attacks and prints the table that doc/security.md shows.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { benchBin, workerBin } from '../support/binaries.mjs';
import { runTestFiles } from '../process/support/runTestFiles.mjs';
import { attackTable } from './support/table.mjs';

const wanted = process.argv.slice(2);
const plays = name => wanted.length === 0 || wanted.some(part => name.includes(part));
const files = fs
  .readdirSync(import.meta.dirname)
  .filter(name => name.endsWith('.test.mjs') && plays(name))
  // The longest first.
  .sort((one, other) => other.includes('soak') - one.includes('soak') || one.localeCompare(other))
  .map(name => path.join(import.meta.dirname, name));

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'attacks-'));
const resultsFile = path.join(folder, 'results');
fs.writeFileSync(resultsFile, '');
process.env.RINGCAST_ATTACK_RESULTS = resultsFile;
const table = () => {
  const lines = fs.readFileSync(resultsFile, 'utf8').split('\n').filter(Boolean);
  fs.rmSync(folder, { recursive: true });
  return attackTable(lines.map(line => JSON.parse(line)));
};

// The soak and two files of attacks at a time. All limits are of CPU time and memory, not of wall time.
await runTestFiles({ files, concurrency: 3, needs: [workerBin, benchBin], beforeSummary: () => console.log(table()) });
