// Floods from strangers at rates that JavaScript cannot send. `ringcast-bench flood` runs the worker, a WebRTC call and the flood in
// separate processes.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { benchBin } from '../support/binaries.mjs';
import { record } from './support/attacks.mjs';
import { kCallLoss, kLogLinesPerSecond, scaled } from './support/limits.mjs';

const kPerSecond = 50_000;
const kSeconds = Math.min(scaled(2), 10);

const floods = {
  garbage: { name: 'Random bytes from 256 addresses', worker: 'Drops them by their first byte or their sender' },
  stun: {
    name: 'Binding requests with a wrong password from 256 addresses',
    worker: 'Answers at most 100 a second in the whole worker, none longer than the request',
  },
  hello: {
    name: 'ClientHellos in two datagrams from 256 addresses that ICE has not validated',
    worker: 'Drops them; no handshake begins',
  },
};

/** Returns the report. The command itself fails at the first lost packet, which a busy machine loses without any flood. */
async function flood(kind) {
  const args = ['flood', `--kind=${kind}`, `--rate=${kPerSecond}`, `--seconds=${kSeconds}`, '--json'];
  try {
    return JSON.parse((await promisify(execFile)(benchBin, args)).stdout);
  } catch (error) {
    if (!error.stdout) {
      throw error;
    }
    return JSON.parse(error.stdout);
  }
}

for (const [kind, { name, worker }] of Object.entries(floods)) {
  test(`${name}, ${kPerSecond} a second`, async () => {
    const report = await flood(kind);
    const lost = report.sent - report.received;
    assert.ok(report.sent > 0 && report.floodSent > 0, JSON.stringify(report));
    assert.ok(lost <= kCallLoss * report.sent, `the call lost ${lost} of ${report.sent}: ${JSON.stringify(report)}`);
    assert.equal(report.corrupt, 0);
    assert.ok(report.answers <= report.answerLimit, `${report.answers} answers, over ${report.answerLimit}`);
    assert.ok(report.logLines <= kLogLinesPerSecond * (kSeconds + 1), `${report.logLines} lines were logged`);
    const rate = Math.round(report.floodPerSecond).toLocaleString('en-US');
    const cost = `CPU ${report.cpuPercent.toFixed(0)} %; ${report.answers} answers; ${report.logLines} log lines`;
    record({
      name: `${name}, ${kPerSecond.toLocaleString('en-US')} a second`,
      worker,
      saw: `${rate} datagrams/s; the call lost ${lost} of ${report.sent}; ${cost}`,
    });
  });
}
