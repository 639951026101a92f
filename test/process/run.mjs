import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { runTestFiles } from './support/runTestFiles.mjs';
import { workerBins } from './support/WorkerProcess.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const files = fs
  .readdirSync(here)
  .filter(name => name.endsWith('.test.mjs'))
  .map(name => path.join(here, name));

// One file at a time: some of them measure memory, CPU time and how long the worker takes to go.
await runTestFiles({ files, concurrency: 1, needs: workerBins.map(({ bin }) => bin) });
