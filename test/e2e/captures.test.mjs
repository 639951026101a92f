// Viewers switch layers of captured streams at random, over networks that lose and reorder packets. Every picture that they
// receive is decoded and compared with the picture that the publisher encoded.
//   RINGCAST_CAPTURES  plays only these, separated by commas
//   RINGCAST_SEED      seed of the networks and the switches (default 1)
import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { readCapture } from '../support/captures.mjs';
import { realTimeTest } from '../support/realTimeTest.mjs';
import { decode } from './support/decoding.mjs';
import { CaptureRoom } from './support/CaptureRoom.mjs';

const long = process.env.RINGCAST_E2E === 'long';
const kSeed = Number(process.env.RINGCAST_SEED ?? 1);
const kCaptures = process.env.RINGCAST_CAPTURES?.split(',') ?? [
  'VP8-simulcast',
  'H264-simulcast',
  'VP9-L3T3',
  'VP9-L3T3_KEY',
  'AV1-L3T3',
  'AV1-L3T3_KEY',
];
const kNetwork = { delayMs: 10, jitterMs: 5, loss: 0.05, reorder: 0.02, reorderMs: 15 };
// Each hop repairs its own loss: the viewer's patience has to suffice for all.
const kHopNetwork = { delayMs: 5, jitterMs: 3, loss: 0.02, reorder: 0.01, reorderMs: 8 };
// 1,008 switches; 10,080 in the long form.
const kViewers = 7;
const kSwitches = long ? 240 : 24;
const kSwitchEveryMs = [300, 900];

const layerNames = ({ encoding, top }) => `${encoding}/${top}`;

/** Decodes an encoding up to the spatial layer `top`, without loss. @returns {Promise<Map>} index of a picture to its checksum */
async function reference(capture, encoding, top) {
  const pictures = capture.encodings[encoding].map(({ frames }) =>
    frames.filter(({ spatial }) => spatial <= top).flatMap(({ packets }) => packets),
  );
  const there = pictures.flatMap((packets, index) => (packets.length > 0 ? [index] : []));
  const { sums } = await decode(
    capture.codec,
    there.map(index => pictures[index]),
  );
  assert.equal(sums.length, there.length, `${capture.name}: the capture cannot be decoded`);
  return new Map(there.map((index, i) => [index, sums[i]]));
}

async function references(capture) {
  const tops = capture.simulcast ? [0] : [0, 1, 2];
  const layers = capture.encodings.flatMap((_, encoding) => tops.map(top => ({ encoding, top })));
  return new Map(
    await Promise.all(
      layers.map(async layer => [layerNames(layer), await reference(capture, layer.encoding, layer.top)]),
    ),
  );
}

/** Compares the decoded pictures of a viewer with the expected ones. */
async function wrongPictures(capture, viewer, expected) {
  const { sums, complaints } = await decode(
    capture.codec,
    viewer.pictures.map(({ packets }) => packets),
  );
  const wanted = viewer.pictures.map(picture => expected.get(layerNames(picture)).get(picture.index));
  const wrong = viewer.pictures.flatMap((picture, i) =>
    wanted[i] === sums[i]
      ? []
      : [
          `${picture.index} of ${picture.encoding}/${picture.frames.join('+')} up to ${picture.packets.at(-1).sequenceNumber}`,
        ],
  );
  return { wrong, missing: wanted.length - sums.length, complaints };
}

async function inTurns(work, items) {
  const results = [];
  const queue = [...items.entries()];
  const run = async () => {
    while (queue.length > 0) {
      const [index, item] = queue.shift();
      results[index] = await work(item);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, run));
  return results;
}

function changesOf(pictures) {
  return pictures.filter((picture, i) => i > 0 && layerNames(picture) !== layerNames(pictures[i - 1])).length;
}

const direct = (long ? kCaptures.map(name => [name]) : [kCaptures]).map(captures => ({
  captures,
  viewersOfEach: kViewers,
  hops: 0,
  network: kNetwork,
}));
// The layers are selected behind the pipes.
const piped = {
  captures: kCaptures.filter(name => ['VP8-simulcast', 'VP9-L3T3', 'AV1-L3T3'].includes(name)),
  viewersOfEach: 2,
  hops: 2,
  network: kHopNetwork,
};

for (const { captures, viewersOfEach, hops, network } of [...direct, piped]) {
  const changes = captures.length * viewersOfEach * kSwitches;
  const where = hops === 0 ? 'over 5 % loss' : `behind ${hops} pipes with 2 % loss each`;
  realTimeTest(
    `CapturesTest: decodes every picture of ${captures.join(', ')} during ${changes} layer switches ${where}`,
    {
      timeout: 600_000,
    },
    async t => {
      const room = await CaptureRoom.open({ seed: kSeed, network, hops });
      t.after(() => room.close());
      const shown = [];
      for (const name of captures) {
        const capture = readCapture(name);
        const producer = await room.publish(capture);
        const viewers = [];
        for (let i = 0; i < viewersOfEach; ++i) {
          viewers.push(await room.watch(producer));
        }
        shown.push({ capture, producer, viewers });
      }
      room.start();
      await room.changeLayers({ count: kSwitches, everyMs: kSwitchEveryMs });
      await room.stop();

      for (const { capture, producer, viewers } of shown) {
        const expected = await references(capture);
        const seen = viewers.map(({ viewer }) => viewer);
        const verdicts = await inTurns(viewer => wrongPictures(capture, viewer, expected), seen);
        const sum = pick => seen.reduce((total, viewer) => total + pick(viewer), 0);
        const figures = {
          pictures: sum(({ pictures }) => pictures.length),
          changes: sum(({ pictures }) => changesOf(pictures)),
          keyFrameRequests: producer.source.keyFrameRequests,
          repairedToWorker: producer.source.repeated,
          repaired: sum(({ repaired }) => repaired),
          empty: sum(({ empty }) => empty),
          givenUp: sum(({ givenUp }) => givenUp),
          cut: sum(({ cut }) => cut),
          unmarked: sum(({ unmarked }) => unmarked),
        };
        console.log(`# ${capture.name}: ${JSON.stringify(figures)}`);
        const faults = seen.flatMap(viewer => viewer.faults);
        const details = `${capture.name}, seed ${kSeed}: ${JSON.stringify({ ...figures, faults: faults.slice(0, 5) })}`;
        assert.deepEqual(faults, [], details);
        assert.deepEqual(
          verdicts.map(({ complaints }) => complaints),
          seen.map(() => ''),
          `the decoder complains: ${details}`,
        );
        assert.deepEqual(
          verdicts.map(({ missing }) => missing),
          seen.map(() => 0),
          `pictures too few: ${details}`,
        );
        assert.deepEqual(
          verdicts.flatMap(({ wrong }) => wrong.slice(0, 3)),
          [],
          `other pictures than the encoder's: ${details}`,
        );
        // Viewers give up on few packets.
        assert.ok(figures.givenUp <= figures.pictures / 100, details);
        // Most of the requested switches change the spatial layer, and most of these are visible.
        assert.ok(figures.changes > (viewersOfEach * kSwitches) / 4, details);
      }
    },
  );
}
