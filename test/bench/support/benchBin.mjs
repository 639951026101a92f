// The program ringcast-bench: RINGCAST_BENCH_BIN, by default the one of the release build.
import path from 'node:path';

const root = path.join(import.meta.dirname, '../../..');
export const benchBin = path.resolve(process.env.RINGCAST_BENCH_BIN ?? path.join(root, 'build/bench/ringcast-bench'));
