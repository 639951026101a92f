import fs from 'node:fs';
import path from 'node:path';
import { runTestFiles } from '../process/support/runTestFiles.mjs';
import { workerBin } from './support/show.mjs';

const files = fs
  .readdirSync(import.meta.dirname)
  .filter(name => name.endsWith('.test.mjs'))
  .map(name => path.join(import.meta.dirname, name));

// Two at a time: each plays in real time and needs about a third of a CPU.
await runTestFiles({ files, concurrency: 2, needs: [workerBin] });
