// The soak's long form: rounds of guests in real time, each followed by ten simulated minutes in accelerated time.
import { execFile } from 'node:child_process';
import path from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { kSoakCallLoss, kSoakGrowth, kSoakIdleCpu, soak } from './support/soak.mjs';

const kRoundSeconds = 300;
const kWarmUpSeconds = 120;
const simulation = path.join(import.meta.dirname, '../../build/test/unit/ringcast-sim');

const { values } = parseArgs({
  options: { hours: { type: 'string', default: '1' }, seed: { type: 'string', default: '1' } },
});
const hours = Number(values.hours);
const seed = Number(values.seed);
if (!(hours > 0) || !Number.isInteger(seed)) {
  console.error('usage: soak.mjs --hours N --seed N');
  process.exit(2);
}

async function simulate(number) {
  const env = { ...process.env, RINGCAST_SIM_SEED: String(number) };
  await promisify(execFile)(simulation, ['[.long]'], { env, maxBuffer: 1 << 26 });
}

const kMiB = 1024 * 1024;
let round = 0;
let failedSimulations = 0;
async function onRound({ sent, lost, memory, descriptors }) {
  ++round;
  const began = performance.now();
  const simulated = await simulate(seed + round).then(
    () => `simulation ${seed + round} in ${((performance.now() - began) / 1000).toFixed(0)} s`,
    error => {
      ++failedSimulations;
      return `simulation ${seed + round} FAILED: ${error.stdout?.slice(-2000) ?? error.message}`;
    },
  );
  const figures = `${(memory / kMiB).toFixed(1)} MiB, ${descriptors} descriptors`;
  console.log(`round ${round}: the call lost ${lost} of ${sent}; ${figures}; ${simulated}`);
}

const rounds = Math.max(1, Math.round((hours * 3600) / kRoundSeconds));
const result = await soak({ warmUp: kWarmUpSeconds, seconds: kRoundSeconds, rounds, seed, onRound });
const faults = [
  result.growth >= kSoakGrowth && `memory grew by ${result.growth} bytes`,
  result.descriptors[0] !== result.descriptors[1] && `descriptors: ${result.descriptors.join(' before, ')} after`,
  result.idleCpu >= kSoakIdleCpu && `${result.idleCpu} s of CPU time a second when nobody is there`,
  result.lost > kSoakCallLoss * result.sent && `the call lost ${result.lost} of ${result.sent} packets`,
  failedSimulations > 0 && `${failedSimulations} simulations failed`,
].filter(Boolean);
const growth = `memory +${(result.growth / 1024).toFixed(0)} KiB`;
console.log(
  `${result.actions} actions in ${rounds} rounds; ${growth}; idle CPU ${(100 * result.idleCpu).toFixed(1)} %`,
);
console.log(faults.length > 0 ? `soak: failed: ${faults.join('; ')}` : 'soak: everything ends where it began');
process.exitCode = faults.length > 0 ? 1 : 0;
