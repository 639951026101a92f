// Sound and picture of one visitor come by two networks, that of the picture being slower: they are to be shown in step.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { median, printFigures, reportedSkews, skews, viewing } from './support/figures.mjs';
import { audio, chosen, long, now, pause, untilWidth, video, widths } from './support/scenario.mjs';
import { Stage } from './support/Stage.mjs';
import { until } from './support/until.mjs';

const kLater = 200;
const kSkewLimit = 40;
// Chromium begins with the second report of the sound, 5 s after the first, moves the two towards each other by a tenth of what
// is missing a second, and leaves them when they are within 30 ms.
const kSettleMs = 45_000;
const kSettledMs = 35;
const kSwitches = long ? 20 : 4;
const kSpacing = 2100;

for (const way of chosen({ short: ['VP8 simulcast'] })) {
  test(`${way}, which takes ${kLater} ms longer than its sound: in step through changes of layers`, async t => {
    const stage = await Stage.open(t);
    const [ann, bob] = [await stage.enter(), await stage.enter()];
    const slow = await ann.connect('send', { delayMs: 20 + kLater });
    const fast = await ann.connect('send', { delayMs: 20 });
    const receiving = await bob.connect('receive');
    const pictures = await bob.watch(receiving, await ann.publish(slow, video(way)), { readCells: true });
    const sound = await bob.watch(receiving, await ann.publish(fast, audio), { readCells: true });
    await untilWidth(bob, pictures, widths.at(-1));
    const lastSkews = async () => {
      const [{ frames }, { beeps }] = [await bob.noted(pictures), await bob.noted(sound)];
      return skews(frames, beeps, { from: now() - 3000, to: now() });
    };
    const began = now();
    const settled = values => values.length > 1 && values.every(skew => Math.abs(skew) < kSettledMs);
    await until('sound and picture are in step', lastSkews, settled, kSettleMs);
    const from = now();
    for (let i = 0; i < kSwitches; ++i) {
      await pictures.setPreferredLayers({ spatialLayer: [0, 2, 1, 2][i % 4], temporalLayer: 2 });
      await pause(kSpacing);
    }
    const span = { from, to: now() };

    const seen = await bob.noted(pictures);
    const heard = await bob.noted(sound);
    const byContent = skews(seen.frames, heard.beeps, span);
    const byReports = reportedSkews(seen.samples, heard.samples, span);
    const worst = values => Math.max(...values.map(Math.abs));
    const figures = {
      seconds: (span.to - span.from) / 1000,
      settledAfter: (from - began) / 1000,
      medianSkew: median(byContent),
      worstSkew: worst(byContent),
      medianReported: median(byReports),
      worstReported: worst(byReports),
      pictureAge: viewing(seen, span).age,
      soundAge: median(heard.beeps.filter(({ time }) => time > from).map(({ age }) => age)),
    };
    printFigures(`lip sync, ${way}`, figures);
    const told = JSON.stringify({ ...figures, byContent, byReports, errors: [ann.errors, bob.errors] });
    assert.ok(byContent.length >= kSwitches && byReports.length >= kSwitches, `too little to judge by: ${told}`);
    assert.ok(figures.worstSkew < kSkewLimit, `out of step: ${told}`);
    assert.ok(figures.worstReported < kSkewLimit, `out of step, by the browser's own reckoning: ${told}`);
    assert.deepEqual([ann.errors, bob.errors], [[], []], told);
  });
}
