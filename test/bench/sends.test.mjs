import assert from 'node:assert/strict';
import { test } from 'node:test';
import { histogramHeader, histogramRow, sendFigures, sendsHeader, sendsRow } from './browser/sends.mjs';

const lengths = counts => Object.assign(new Array(64).fill(0), counts);

const before = {
  egress: { sends: 100, datagrams: 100, runLengths: lengths({ 0: 100 }) },
  cpuNanoseconds: 1e9,
  videoPackets: 10,
  videoBytes: 10_000,
  pictures: 5,
};
// 10 single datagrams, 20 in pairs, 60 in batches of 12.
const after = {
  egress: { sends: 125, datagrams: 190, runLengths: lengths({ 0: 110, 1: 10, 11: 5 }) },
  cpuNanoseconds: 1e9 + 180_000,
  videoPackets: 90,
  videoBytes: 60_000,
  pictures: 25,
};

test('SendsTest: computes the growth of the counters', () => {
  const figures = sendFigures({ before, after, seconds: 2, consumers: 1 });
  assert.equal(figures.kilobitsIn, 200);
  assert.equal(figures.picturesPerSecond, 10);
  assert.equal(figures.packetsPerPicture, 4);
  assert.equal(figures.datagramsPerSecond, 45);
  assert.equal(figures.datagramsPerSend, 3.6);
  assert.equal(figures.shareInRuns, 1 - 10 / 90);
  assert.equal(figures.shareOfVideoInRuns, 1);
  assert.equal(figures.cpuMicrosPerDatagram, 2);
  assert.deepEqual(figures.runLengths, lengths({ 0: 10, 1: 10, 11: 5 }));
});

test('SendsTest: has a cell per title, and counts long batches together', () => {
  const figures = sendFigures({ before, after, seconds: 2, consumers: 1 });
  assert.equal(sendsRow('640x360 to 10', figures).length, sendsHeader().length);
  assert.equal(histogramRow('640x360 to 10', figures).length, histogramHeader().length);
  assert.deepEqual(histogramRow('title', figures).split(/\s+/), [
    'title',
    '10',
    '10',
    '0',
    '0',
    '0',
    '0',
    '0',
    '0',
    '5',
  ]);
});
