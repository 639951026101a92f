// The command line of the comparison.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { floorBinary } from './floor.mjs';

export const usage = `Usage: run.mjs [OPTION...]
  --bin [NAME=]PATH,...   workers to compare ours with
  --seconds 5             of each run
  --rounds 3              so many runs of each, the binaries in turn
  --scenes NAME,...       only these, and what they need
  --json FILE             all figures, of each run
  --lock FILE             held, as by flock(1), while something is measured
  --sink IP --sinkVia IP  consumers are at an address that drops all, ours on the way to it is the other
  --report FILE           measures nothing: pictures and Markdown from such a file, or several
  --pictures doc/pictures where the pictures go`;

const kMaxSeconds = 3600;
const kMaxRounds = 100;

function wholeNumber(name, text, highest) {
  if (!/^\d+$/.test(text) || Number(text) < 1 || Number(text) > highest) {
    throw new Error(`--${name} is a number from 1 to ${highest}, not "${text}"`);
  }
  return Number(text);
}

function listed(text) {
  return text
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== '');
}

/** Parses NAME=PATH, or a path whose file name is the name. */
export function parseBinary(text) {
  const equals = text.indexOf('=');
  const file = equals < 0 ? text : text.slice(equals + 1);
  const name = equals < 0 ? path.basename(file) : text.slice(0, equals).trim();
  if (name === '' || file === '') {
    throw new Error(`"${text}" is not [NAME=]PATH`);
  }
  return { name, path: path.resolve(file) };
}

/** Numbers binaries of the same name; the name of the floor is reserved. */
function withDistinctNames(binaries) {
  const seen = new Map([[floorBinary.name, 1]]);
  return binaries.map(binary => {
    const count = (seen.get(binary.name) ?? 0) + 1;
    seen.set(binary.name, count);
    return count === 1 ? binary : { ...binary, name: `${binary.name} (${count})` };
  });
}

/** @param {string[]} argv @param {string} ownBin our worker, which is always first */
export function parseArguments(argv, ownBin) {
  const text = fallback => ({ type: 'string', default: fallback });
  const { values } = parseArgs({
    args: argv,
    options: {
      bin: text(''),
      seconds: text('5'),
      rounds: text('3'),
      scenes: text(''),
      json: text(''),
      lock: text(''),
      sink: text(''),
      sinkVia: text(''),
      report: { type: 'string', multiple: true, default: [] },
      pictures: text('doc/pictures'),
      help: { type: 'boolean', default: false },
    },
  });
  if (Boolean(values.sink) !== Boolean(values.sinkVia)) {
    throw new Error('--sink and --sinkVia go together');
  }
  return {
    binaries: withDistinctNames([{ name: 'ringcast', path: ownBin }, ...listed(values.bin).map(parseBinary)]),
    seconds: wholeNumber('seconds', values.seconds, kMaxSeconds),
    rounds: wholeNumber('rounds', values.rounds, kMaxRounds),
    scenes: listed(values.scenes),
    json: values.json || null,
    lock: values.lock || null,
    sink: values.sink ? { far: values.sink, near: values.sinkVia } : null,
    report: values.report,
    pictures: values.pictures,
    help: values.help,
  };
}
