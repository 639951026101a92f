// What the page shows of a stream, from reports as browsers give them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { streamStatistics } from '../../../demo/room/page/statistics.mjs';

function report(...entries) {
  return new Map(entries.map(entry => [entry.id, entry]));
}

const way = [
  { type: 'transport', id: 't', selectedCandidatePairId: 'p2' },
  { type: 'candidate-pair', id: 'p1', currentRoundTripTime: 9, localCandidateId: 'c1' },
  { type: 'candidate-pair', id: 'p2', currentRoundTripTime: 0.002, localCandidateId: 'c2' },
  { type: 'local-candidate', id: 'c1', protocol: 'tcp' },
  { type: 'local-candidate', id: 'c2', protocol: 'udp' },
];

function received(values) {
  return report(
    ...way,
    { type: 'codec', id: 'k', mimeType: 'video/VP8' },
    { type: 'inbound-rtp', id: 'i', codecId: 'k', transportId: 't', ...values },
  );
}

test('rates of a received stream are those since the last look, and loss is a share of what was to come', () => {
  const first = streamStatistics(
    received({ timestamp: 1000, bytesReceived: 1000, packetsReceived: 10, packetsLost: 0, framesDecoded: 5 }),
  );
  assert.deepEqual([first.bitrate, first.frameRate, first.lossShare], [0, 0, 0]);
  const second = streamStatistics(
    received({ timestamp: 3000, bytesReceived: 51_000, packetsReceived: 100, packetsLost: 10, framesDecoded: 35 }),
    first,
  );
  assert.deepEqual([second.bitrate, second.frameRate, second.lossShare], [200_000, 15, 0.1]);
});

test('the round trip of a received stream, and its protocol, are those of the selected pair of candidates', () => {
  const { roundTripMs, protocol, codec } = streamStatistics(received({ timestamp: 1 }));
  assert.deepEqual([roundTripMs, protocol, codec], [2, 'udp', 'video/VP8']);
});

test('of a stream that is sent, loss and round trip are what the receiver reports', () => {
  const sent = (packetsSent, packetsLost) =>
    report(
      ...way,
      {
        type: 'outbound-rtp',
        id: 'o',
        timestamp: packetsSent,
        transportId: 't',
        packetsSent,
        bytesSent: 10 * packetsSent,
      },
      { type: 'remote-inbound-rtp', id: 'r', localId: 'o', packetsLost, roundTripTime: 0.05 },
    );
  const { lossShare, roundTripMs, bitrate } = streamStatistics(sent(200, 25), streamStatistics(sent(100, 0)));
  assert.deepEqual([lossShare, roundTripMs, bitrate], [0.25, 50, 80_000]);
});

test('sound that the decoder made up for missing packets does not count as heard', () => {
  const { counters } = streamStatistics(
    received({ totalSamplesDuration: 10, totalSamplesReceived: 480_000, concealedSamples: 120_000 }),
  );
  assert.equal(counters.soundSeconds, 7.5);
});

test('a report of nothing gives noughts, and no round trip', () => {
  const { bitrate, frameRate, width, roundTripMs } = streamStatistics(report());
  assert.deepEqual([bitrate, frameRate, width, roundTripMs], [0, 0, 0, null]);
});
