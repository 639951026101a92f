// The figures of the scenarios, computed from notes whose result is known.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  growth,
  keyFrameRequests,
  reportedSkews,
  reportErrors,
  skews,
  switchTimes,
  viewing,
} from './support/figures.mjs';

const kPictureMs = 1000 / 30;

/** Returns the pictures of five seconds from 1000, without those in the gaps. */
function frames({ gaps = [], width = () => 1280 } = {}) {
  return Array.from({ length: 150 }, (_, i) => 1000 + kPictureMs * i)
    .filter(time => !gaps.some(([from, to]) => time > from && time < to))
    .map(time => ({ time, width: width(time), age: 40 }));
}

const span = { from: 1000, to: 6000 };

test('FiguresTest: counts a gap of half a second as a freeze', () => {
  const steady = viewing({ samples: [], frames: frames() }, span);
  assert.deepEqual([steady.freezes, steady.frozen, steady.torn, steady.backwards], [0, 0, 0, 0]);
  const stalled = viewing({ samples: [], frames: frames({ gaps: [[2000, 2500]] }) }, span);
  assert.equal(stalled.freezes, 1);
  assert.ok(Math.abs(stalled.frozen - 10) < 1 && Math.abs(stalled.longestGap - 500) < 40, JSON.stringify(stalled));
});

test('FiguresTest: counts a freeze to the end when the pictures stop', () => {
  const { frozen, longestGap } = viewing({ samples: [], frames: frames({ gaps: [[3000, 9000]] }) }, span);
  assert.ok(Math.abs(frozen - 60) < 1 && Math.abs(longestGap - 3000) < 40, `${frozen} % ${longestGap} ms`);
});

test('FiguresTest: sums the growth of a counter over all layers', () => {
  const samples = [500, 1500, 5900, 6500].flatMap((time, i) => [
    { time, rid: 'r0', pliCount: i },
    { time, rid: 'r1', pliCount: 10 * i },
  ]);
  assert.equal(growth(samples, 'pliCount', span), 22);
});

test('FiguresTest: counts key-frame requests per layer and second', () => {
  const samples = [0, 0, 1, 1, 1, 1, 2, 3].flatMap((pliCount, i) => [
    { time: 1000 + 250 * i, rid: 'r0', pliCount, firCount: 0 },
    { time: 1000 + 250 * i, rid: 'r1', pliCount: 1, firCount: 1 },
  ]);
  assert.deepEqual(keyFrameRequests(samples, span), { total: 3, most: 2 });
  assert.deepEqual(keyFrameRequests(samples, { from: 1000, to: 2500 }), { total: 2, most: 1 });
});

test('FiguresTest: measures a layer switch to the first picture of its width', () => {
  const seen = frames({ width: time => (time < 2300 ? 1280 : time < 4000 ? 320 : 640) });
  const [first, second] = switchTimes(
    seen,
    [
      { time: 2000, width: 320 },
      { time: 3500, width: 1280 },
    ],
    6000,
  );
  assert.ok(first.took >= 300 && first.took < 340 && first.stayed, JSON.stringify(first));
  assert.deepEqual([second.took, second.stayed], [Infinity, false]);
});

test('FiguresTest: measures the skew of pictures and sound by content and by reports', () => {
  const beeps = [2000, 3000, 4000].map(time => ({ time, age: 100 }));
  assert.deepEqual(skews(frames(), beeps, span), [-60, -60, -60]);
  const audio = [{ time: 2000, timestamp: 2005, estimatedPlayoutTimestamp: 72_000 }];
  const video = [{ time: 2060, timestamp: 2015, estimatedPlayoutTimestamp: 71_990 }];
  assert.deepEqual(reportedSkews(video, audio, span), [{ time: 2060, skew: 20 }]);
  const [seen, heard] = [
    { samples: video, frames: frames() },
    { samples: audio, beeps },
  ];
  assert.deepEqual(reportErrors(seen, heard, span), [80]);
});
