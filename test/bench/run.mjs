import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { benchBin, workerBin } from '../support/binaries.mjs';
import { runTestFiles } from '../process/support/runTestFiles.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const files = fs
  .readdirSync(here)
  .filter(name => name.endsWith('.test.mjs'))
  .map(name => path.join(here, name));

await runTestFiles({ files, concurrency: 2, needs: [workerBin, benchBin] });
