// A hundred viewers join within ten seconds, one of them a browser.
import assert from 'node:assert/strict';
import { realTimeTest } from '../../support/realTimeTest.mjs';
import { keyFrameRequests, median, printFigures, viewing } from './support/figures.mjs';
import { chosen, now, pause, untilWidth, video, ways, widths } from './support/scenario.mjs';
import { PlainViewers } from './support/PlainViewers.mjs';
import { Stage } from './support/Stage.mjs';

const kViewers = 100;
const kSpanMs = 10_000;
const kRequestDelay = 1000;
const kFirstPictureMs = 1500;

for (const way of chosen({ short: ['VP8 simulcast'], more: ['VP8 single'] })) {
  realTimeTest(
    `JoinsTest: requests at most a key frame per second when ${kViewers} viewers of ${way} join within 10 s`,
    async t => {
      const stage = await Stage.open(t);
      const [ann, bob] = [await stage.enter(), await stage.enter()];
      const options = video(way, { appData: { keyFrameRequestDelay: kRequestDelay } });
      const producer = await ann.publish(await ann.connect('send'), options);
      const receiving = await bob.connect('receive');
      const plain = await PlainViewers.open(stage.conference.router);
      stage.onClose(() => plain.close());
      // Until the publisher's bandwidth estimate allows all layers.
      await pause(2000);
      const from = now();
      const viewers = [];
      let joined;
      let consumer;
      for (let i = 0; i < kViewers - 1; ++i) {
        if (i === Math.floor(kViewers / 2)) {
          joined = now();
          consumer = await bob.watch(receiving, producer);
        }
        // Most viewers get the lowest layer, so that the machine can serve them all.
        viewers.push(plain.join(producer, ways[way].encodings.length > 1 ? { spatialLayer: 0 } : undefined));
        await pause(from + ((i + 1) * kSpanMs) / kViewers - now());
      }
      const all = await Promise.all(viewers);
      await untilWidth(bob, consumer, widths.at(-1));
      await pause(kFirstPictureMs);
      const span = { from, to: now() };

      const waits = all.map(each => (each.firstPicture ?? Infinity) - each.joined);
      const noted = await bob.noted(consumer);
      const { total, most } = keyFrameRequests((await ann.noted(producer)).samples, span);
      const figures = {
        viewers: kViewers,
        medianMs: median(waits),
        longestMs: Math.max(...waits),
        browserMs: noted.frames[0].time - joined,
        asked: total,
        askedASecond: most,
        browserFreezes: viewing(noted, { from: noted.frames[0].time, to: span.to }).freezes,
        requestsOfWorker: (await producer.getStats()).reduce(
          (sum, { pliCount, firCount }) => sum + pliCount + firCount,
          0,
        ),
      };
      printFigures(`joins, ${way}`, figures);
      const details = JSON.stringify({ ...figures, waits, errors: [ann.errors, bob.errors] });
      assert.ok(
        Math.max(figures.longestMs, figures.browserMs) <= kFirstPictureMs,
        `a viewer waited too long: ${details}`,
      );
      assert.ok(most <= 1, `asked for more than a key frame a second: ${details}`);
      assert.deepEqual([ann.errors, bob.errors], [[], []], details);
    },
  );
}
