import fs from 'node:fs';
import path from 'node:path';
import { chromiumPath } from '../../../demo/room/chromium.mjs';
import { runTestFiles } from '../../process/support/runTestFiles.mjs';
import { workerBin } from './support/room.mjs';

const wanted = process.argv.slice(2);
const plays = name => wanted.length === 0 || wanted.some(part => name.includes(part));
const files = fs
  .readdirSync(import.meta.dirname)
  .filter(name => name.endsWith('.test.mjs') && plays(name))
  .map(name => path.join(import.meta.dirname, name));

// One after another: two browsers at a time would leave none of them the CPUs it needs for its frame rate.
await runTestFiles({ files, concurrency: 1, needs: [workerBin, chromiumPath], secondTry: true });
