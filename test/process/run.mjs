import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { workerBins } from '../support/binaries.mjs';
import { runTestFiles } from './support/runTestFiles.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const files = fs
  .readdirSync(here)
  .filter(name => name.endsWith('.test.mjs'))
  .map(name => path.join(here, name));

// One file at a time: some measure memory, CPU time and the time that the worker takes to end.
await runTestFiles({ files, concurrency: 1, needs: workerBins.map(({ bin }) => bin) });
