// Registers an attack as a test: runs it beside the well-behaved call, checks its cost against the limits and records it.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import * as limits from './limits.mjs';
import { Attacker } from './Attacker.mjs';
import { sleep } from './pace.mjs';
import { Room } from './Room.mjs';

/** The test file that this process runs. */
const file = path.basename(process.argv[1]);

/** The file to which each attack appends a line of JSON for run.mjs. */
const resultsFile = process.env.RINGCAST_ATTACK_RESULTS;
// The least duration of an attack, so that the call sends enough packets to measure loss.
const kLeastMs = 400;
// Datagrams in flight arrive after the attacker's transports have closed.
const kSettleMs = 100;

let shared = null;
after(() => shared?.close());

/** Returns the room of this file's attacks. Opens another one if the last attack killed the worker. */
async function sharedRoom() {
  if (shared && !shared.alive) {
    await shared.call.stop();
    shared = null;
  }
  shared ??= await Room.open();
  return shared;
}

function differences(before, after) {
  const entries = Object.entries(after).map(([name, value]) => [name, value - (before[name] ?? 0)]);
  return Object.fromEntries(entries.filter(([, value]) => value !== 0));
}

function checkCall(call, bounds) {
  for (const { lost, dropped, corrupt } of call.receivers) {
    const about = `of ${call.sent} packets (the test's socket dropped ${dropped}, the sender was up to ${call.lateMs} ms late)`;
    assert.ok(call.sent > 0, 'the call sent nothing');
    assert.ok(lost <= (bounds.callLoss ?? limits.kCallLoss) * call.sent, `the call lost ${lost} ${about}`);
    assert.equal(corrupt, 0, `${corrupt} packets of the call were changed, ${about}`);
  }
}

function checkCost({ seconds, cpu, peakGrowth, growth, logLines, datagrams }, bounds, lastLogs) {
  const perDatagram = bounds.cpuPerDatagram ?? limits.kCpuPerDatagram;
  const cpuLimit = limits.kCallCpuShare * seconds + perDatagram * datagrams + (bounds.cpu ?? limits.kCpuForSetUp);
  assert.ok(
    cpu <= cpuLimit,
    `${cpu.toFixed(2)} s of CPU time for ${datagrams} datagrams, over ${cpuLimit.toFixed(2)} s`,
  );
  const peakLimit = bounds.peakMemory ?? limits.kPeakMemory;
  assert.ok(peakGrowth <= peakLimit, `memory grew by ${peakGrowth} bytes in the attack, over ${peakLimit}`);
  const leftLimit = bounds.leftMemory ?? limits.kLeftMemory;
  assert.ok(growth <= leftLimit, `memory grew by ${growth} bytes for good, over ${leftLimit}`);
  const logLimit = limits.kLogLinesPerSecond * (seconds + 1);
  assert.ok(logLines <= logLimit, `${logLines} lines were logged, over ${logLimit}: ${JSON.stringify(lastLogs)}`);
}

/** Runs the attack in the room and returns its cost. Fails if a limit was exceeded. */
async function withstand(room, run, bounds) {
  const attacker = await Attacker.enter(room);
  const before = await room.figures();
  await room.call.begin();
  let saw;
  try {
    saw = await run(attacker);
    await sleep(Math.max(kLeastMs - (performance.now() - before.at), 0));
  } finally {
    assert.ok(room.alive, `the worker died: ${JSON.stringify(room.lastLogs)}`);
    await attacker.leave();
  }
  const call = await room.call.end();
  const answerMs = await room.answerMs();
  await sleep(kSettleMs);
  const after = await room.figures();

  const cost = {
    seconds: (after.at - before.at) / 1000,
    datagrams: attacker.datagrams,
    bytes: attacker.bytes,
    cpu: after.cpu - before.cpu,
    peakGrowth: after.peakMemory - before.memory,
    growth: after.memory - before.memory,
    logLines: after.logLines - before.logLines,
    notifications: after.notifications - before.notifications,
    drops: differences(before.drops, after.drops),
    answerMs: Math.round(answerMs),
    call: { sent: call.sent, lost: Math.max(...call.receivers.map(({ lost }) => lost)) },
    saw,
  };
  checkCall(call, bounds);
  checkCost(cost, bounds, room.lastLogs);
  assert.ok(answerMs <= limits.kAnswerMs, `a dump was answered after ${answerMs} ms`);
  assert.equal(after.descriptors, before.descriptors, 'open descriptors');
  return cost;
}

/** Adds a row to the table. */
export function record(result) {
  if (resultsFile) {
    fs.appendFileSync(resultsFile, `${JSON.stringify({ file, ...result })}\n`);
  }
}

/**
 * Registers an attack as a test.
 * @param {{name: string, worker: string, run: (attacker: Attacker) => Promise<string>, bounds?: object, room?: object}} attack
 *   name, worker: the attack and the worker's response, for the table; run: returns the observation for the table;
 *   room: options of a separate room for this attack
 */
export function attack({ name, worker, run, bounds = {}, room: own = null }) {
  test(name, async () => {
    const room = own ? await Room.open(own) : await sharedRoom();
    try {
      record({ name, worker, ...(await withstand(room, run, bounds)) });
    } finally {
      await (own ? room.close() : null);
    }
  });
}
