import fs from 'node:fs';
import path from 'node:path';
import { workerBin } from '../../support/binaries.mjs';
import { chromiumPath } from '../../../demo/room/chromium.mjs';
import { runTestFiles } from '../../process/support/runTestFiles.mjs';

const wanted = process.argv.slice(2);
const plays = name => wanted.length === 0 || wanted.some(part => name.includes(part));
const files = fs
  .readdirSync(import.meta.dirname)
  .filter(name => name.endsWith('.test.mjs') && plays(name))
  .map(name => path.join(import.meta.dirname, name));

// One file at a time: two browsers would not leave each other enough CPU for their frame rates.
await runTestFiles({ files, concurrency: 1, needs: [workerBin, chromiumPath], secondTry: true });
