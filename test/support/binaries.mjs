// The programs under test. It imports nothing of node:test, which would print a second summary when a stage's run.mjs ends.
import path from 'node:path';

const root = path.join(import.meta.dirname, '..', '..');

/** RINGCAST_WORKER_BIN, by default that of the release build. */
export const workerBin = path.resolve(
  process.env.RINGCAST_WORKER_BIN ?? path.join(root, 'build/worker/ringcast-worker'),
);

/** RINGCAST_BENCH_BIN, by default that of the release build. */
export const benchBin = path.resolve(process.env.RINGCAST_BENCH_BIN ?? path.join(root, 'build/bench/ringcast-bench'));

/** The binaries that get every hostile input: the plain one, and the one with sanitizers if it was built. */
export const workerBins = [
  { label: 'worker', bin: workerBin },
  ...(process.env.RINGCAST_WORKER_ASAN_BIN
    ? [{ label: 'sanitized worker', bin: path.resolve(process.env.RINGCAST_WORKER_ASAN_BIN) }]
    : []),
];
