// Chromium publishes through a network that loses 5 % each way, and another watches: through a good one, or one like it.
import assert from 'node:assert/strict';
import { realTimeTest } from '../../support/realTimeTest.mjs';
import { growth, keyFrameRequests, printFigures, viewing } from './support/figures.mjs';
import { annAndBob, chosen, layered, long, spanOf } from './support/scenario.mjs';
import { workerFigures } from './support/workerFigures.mjs';

const kSeconds = long ? 60 : 15;
// The receivers' buffers have to learn how long a lost packet takes to come again. When loss sets in, a picture now and then
// stands still for 3 s, after which Chromium asks for a key frame: `onsetGap` shows it, and the time after it is judged.
const kSettleMs = 6000;
const kFrozenPercent = 1;
// One hiccup of a busy machine is no more than this, and of a minute no percent.
const kHiccupSeconds = 0.3;
const kFreezeMs = 183; // by W3C's webrtc-stats, at 30 pictures a second
const kSecondsPerRequest = 10;

const clean = { delayMs: 30 };
const lossy = { ...clean, loss: 0.05 };

async function play(t, way, viewerNetwork) {
  const { ann, bob, sending, receiving, producer, consumer } = await annAndBob(t, { way, impairment: clean });
  sending.relay.change(lossy);
  receiving.relay.change(viewerNetwork);
  const onset = await spanOf(kSettleMs);
  const span = await spanOf(1000 * kSeconds);

  const sent = (await ann.noted(producer)).samples;
  const noted = await bob.noted(consumer);
  const seen = viewing(noted, span);
  const { total } = keyFrameRequests(sent, span);
  const worker = await workerFigures(producer, consumer);
  const relayed = ({ relay }) => `${relay.up.counters.lost}+${relay.down.counters.lost}`;
  const figures = {
    seconds: kSeconds,
    ...seen,
    onsetGap: viewing(noted, onset).longestGap,
    width: noted.frames.at(-1).width,
    publisherAsked: total,
    publisherNacks: growth(sent, 'nackCount', span),
    publisherRepaired: growth(sent, 'retransmittedPacketsSent', span),
    lostThere: relayed(sending),
    lostBack: relayed(receiving),
  };
  const told = JSON.stringify({ ...figures, worker, errors: [ann.errors, bob.errors] });
  assert.equal(seen.torn, 0, `torn pictures: ${told}`);
  assert.deepEqual([ann.errors, bob.errors], [[], []], told);
  return { figures, seen, total, told };
}

for (const way of chosen(layered)) {
  realTimeTest(`${way} over 5 % loss each way and 60 ms round trip: hardly a freeze, hardly a key frame`, async t => {
    const { figures, seen, total, told } = await play(t, way, clean);
    printFigures(`lossy, ${way}`, figures);
    // Chromium counts a freeze when it ends: one from before the span is none in it, as the pictures' times show.
    const frozen = seen.longestGap > kFreezeMs ? seen.frozen : 0;
    assert.ok(frozen < Math.max(kFrozenPercent, (100 * kHiccupSeconds) / kSeconds), `frozen: ${told}`);
    assert.ok(total <= Math.ceil(kSeconds / kSecondsPerRequest), `key frames asked for: ${told}`);
  });
}

// Chromium requests a lost packet of a spatial layer once: it forgets the packet when a later picture of a lower layer arrives.
// If that request or its answer is lost, the picture freezes until the next key frame. For VP9 L3T3 that is 52 % of the time
// today; the bound is this figure and what a minute varies by, so that it cannot grow unnoticed.
const kFrozenPercentForBoth = { 'VP8 single': 2, 'VP8 simulcast': 2, 'VP9 L3T3': 57 };
for (const way of long ? chosen({ short: Object.keys(kFrozenPercentForBoth) }) : []) {
  realTimeTest(`lossy: ${way} freezes rarely and tears no picture when both networks lose 5 %`, async t => {
    const { figures, seen, told } = await play(t, way, lossy);
    printFigures(`lossy for both, ${way}`, figures);
    assert.ok(seen.frozen < (kFrozenPercentForBoth[way] ?? 2), `frozen: ${told}`);
  });
}
