// Compares workers under one load and one controller. See doc/performance.md and `run.mjs --help`.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { benchBin } from '../../support/binaries.mjs';
import { parseArguments, usage } from './arguments.mjs';
import { compare } from './compare.mjs';
import { floorBinary, measureFloor } from './floor.mjs';
import { withLock } from './lock.mjs';
import { describeBinary, describeMachine, machineLines } from './machine.mjs';
import { measure } from './measure.mjs';
import { markdown, pictures, together } from './report.mjs';
import { selectScenes } from './scenes.mjs';
import { formatResults } from './table.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const ownBin = path.resolve(process.env.RINGCAST_WORKER_BIN ?? path.join(root, 'build/worker/ringcast-worker'));

function say(text) {
  const back = process.stderr.isTTY ? '\r\x1b[K' : '';
  process.stderr.write(`${back}${text}${process.stderr.isTTY ? '' : '\n'}`);
}

function report(files, folder) {
  const figures = together(files.map(file => JSON.parse(fs.readFileSync(file, 'utf8'))));
  fs.mkdirSync(folder, { recursive: true });
  for (const { file: name, text } of pictures(figures)) {
    fs.writeFileSync(path.join(folder, name), text);
  }
  console.log(markdown(figures, path.basename(folder)));
}

async function compareAll({ binaries, scenes: names, rounds, seconds, json, lock, sink }) {
  const scenes = selectScenes(names, sink ? 'veth' : null);
  const missing = [...binaries.map(({ path: file }) => file), benchBin].filter(file => !fs.existsSync(file));
  if (missing.length > 0) {
    throw new Error(`there is no ${missing.join(', no ')}`);
  }
  const figures = {
    date: new Date().toISOString(),
    machine: describeMachine(),
    binaries: binaries.map(describeBinary),
    rounds: 0,
    seconds,
  };
  // After each round, so that an interruption loses one round only.
  const keep = (results, done) => {
    Object.assign(figures, { results, rounds: done });
    if (json) {
      fs.writeFileSync(json, `${JSON.stringify(figures, null, 1)}\n`);
    }
  };
  await compare({
    binaries,
    scenes,
    rounds,
    seconds,
    measure: (binary, load, time, what) =>
      binary === floorBinary
        ? measureFloor({ bin: benchBin, load, seconds: time, sink })
        : measure({ bin: binary.path, loadBin: benchBin, load, seconds: time, sink, ...what }),
    say,
    turn: work => withLock(lock, work),
    roundOver: keep,
  });
  if (process.stderr.isTTY) {
    process.stderr.write('\n');
  }
  console.log([...machineLines(figures), '', ...formatResults(figures.results)].join('\n'));
}

async function main() {
  try {
    const options = parseArguments(process.argv.slice(2), ownBin);
    if (options.help) {
      console.log(usage);
    } else if (options.report.length > 0) {
      report(options.report, options.pictures);
    } else {
      await compareAll(options);
    }
    return 0;
  } catch (error) {
    console.error(`compare: ${error.message}`);
    return 1;
  }
}

process.exitCode = await main();
