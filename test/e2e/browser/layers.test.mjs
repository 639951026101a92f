// A viewer switches between the layers of a publisher.
import assert from 'node:assert/strict';
import { realTimeTest } from '../../support/realTimeTest.mjs';
import { makeRandom } from './support/Link.mjs';
import { keyFrameRequests, printFigures, switchTimes, viewing } from './support/figures.mjs';
import { annAndBob, chosen, layered, long, now, pause, untilWidth, widths } from './support/scenario.mjs';
import { workerFigures } from './support/workerFigures.mjs';

const kSwitches = long ? 20 : 6;
const kLongestSwitch = 2000;
const kLongestGap = 500;
const kSpacing = 2100;
const kSeed = 1;

/** Returns a sequence of layers, each different from the one before. */
function layerSequence(count) {
  const random = makeRandom(kSeed);
  const layers = [2];
  while (layers.length <= count) {
    layers.push((layers.at(-1) + (random() < 0.5 ? 1 : 2)) % 3);
  }
  return layers.slice(1);
}

for (const way of chosen(layered)) {
  realTimeTest(`LayersTest: switches the layers of ${way} within ${kLongestSwitch} ms and without a gap`, async t => {
    const { ann, bob, producer, consumer } = await annAndBob(t, { way });
    await pause(1000);
    const switches = [];
    for (const spatialLayer of layerSequence(kSwitches)) {
      switches.push({ time: now(), width: widths[spatialLayer] });
      await consumer.setPreferredLayers({ spatialLayer, temporalLayer: 2 });
      await pause(kSpacing);
    }
    const span = { from: switches[0].time, to: now() };

    const noted = await bob.noted(consumer);
    const seen = viewing(noted, span);
    const times = switchTimes(noted.frames, switches, span.to);
    const took = times.map(each => each.took);
    const { total, most } = keyFrameRequests((await ann.noted(producer)).samples, span);
    const figures = {
      switches: kSwitches,
      meanMs: took.reduce((sum, each) => sum + each, 0) / took.length,
      longestMs: Math.max(...took),
      ...seen,
      publisherAsked: total,
      publisherAskedASecond: most,
    };
    printFigures(`layers, ${way}`, figures);
    const worker = await workerFigures(producer, consumer);
    const details = JSON.stringify({ ...figures, times, worker, errors: [ann.errors, bob.errors] });
    assert.ok(figures.longestMs <= kLongestSwitch, `a switch took too long: ${details}`);
    assert.ok(
      times.every(({ stayed }) => stayed),
      `the layer changed without a request: ${details}`,
    );
    assert.ok(seen.longestGap <= kLongestGap, `a gap: ${details}`);
    assert.equal(seen.torn, 0, `torn pictures: ${details}`);
    assert.equal(seen.backwards, 0, `older pictures after newer ones: ${details}`);
    // A decoder that fails requests a key frame.
    assert.equal(seen.asked, 0, `the decoder requested key frames: ${details}`);
    assert.deepEqual([ann.errors, bob.errors], [[], []], details);
  });
}

// Switches follow each other faster than some of them complete, and the packets that they need are lost or late.
const hurried = { delayMs: 30, loss: 0.05, reorder: 0.02 };
const kHurriedMs = 90_000;
const kSwitchEveryMs = [100, 600];

for (const way of long ? chosen(layered) : []) {
  realTimeTest(
    `LayersTest: tears no picture of ${way} when layers switch rapidly over 5 % loss and reordering`,
    async t => {
      const { ann, bob, receiving, producer, consumer } = await annAndBob(t, { way });
      receiving.relay.change(hurried);
      const random = makeRandom(kSeed);
      const from = now();
      let switches = 0;
      let spatialLayer;
      while (now() < from + kHurriedMs) {
        spatialLayer = Math.floor(3 * random());
        await consumer.setPreferredLayers({ spatialLayer, temporalLayer: Math.floor(3 * random()) });
        await pause(kSwitchEveryMs[0] + random() * (kSwitchEveryMs[1] - kSwitchEveryMs[0]));
        ++switches;
      }
      await untilWidth(bob, consumer, widths[spatialLayer]);
      const span = { from, to: now() };

      const seen = viewing(await bob.noted(consumer), span);
      const { total, most } = keyFrameRequests((await ann.noted(producer)).samples, span);
      const figures = { switches, ...seen, publisherAsked: total, publisherAskedASecond: most };
      printFigures(`layers in a hurry, ${way}`, figures);
      const worker = await workerFigures(producer, consumer);
      const details = JSON.stringify({ ...figures, worker, errors: [ann.errors, bob.errors] });
      assert.deepEqual([seen.torn, seen.backwards], [0, 0], `torn pictures, or older after newer ones: ${details}`);
      assert.deepEqual([ann.errors, bob.errors], [[], []], details);
    },
  );
}
