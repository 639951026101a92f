import fs from 'node:fs';
import path from 'node:path';
import { workerBin } from '../support/binaries.mjs';
import { runTestFiles } from '../process/support/runTestFiles.mjs';

const wanted = process.argv.slice(2);
const plays = name => wanted.length === 0 || wanted.some(part => name.includes(part));
const files = fs
  .readdirSync(import.meta.dirname)
  .filter(name => name.endsWith('.test.mjs') && plays(name))
  .map(name => path.join(import.meta.dirname, name));

// Two files at a time: each plays in real time and needs about a third of a CPU.
await runTestFiles({ files, concurrency: 2, needs: [workerBin] });
