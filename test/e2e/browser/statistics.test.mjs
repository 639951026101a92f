// The figures that the page shows of a stream, from the reports of browsers.
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

test('StatisticsTest: computes rates since the last report, and loss as a share of the expected packets', () => {
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

test('StatisticsTest: takes round trip and protocol from the selected candidate pair', () => {
  const { roundTripMs, protocol, codec } = streamStatistics(received({ timestamp: 1 }));
  assert.deepEqual([roundTripMs, protocol, codec], [2, 'udp', 'video/VP8']);
});

test('StatisticsTest: takes loss and round trip of a sent stream from the remote report', () => {
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

test('StatisticsTest: subtracts concealed samples from the sound heard', () => {
  const { counters } = streamStatistics(
    received({ totalSamplesDuration: 10, totalSamplesReceived: 480_000, concealedSamples: 120_000 }),
  );
  assert.equal(counters.soundSeconds, 7.5);
});

test('StatisticsTest: gives zeros and no round trip for an empty report', () => {
  const { bitrate, frameRate, width, roundTripMs } = streamStatistics(report());
  assert.deepEqual([bitrate, frameRate, width, roundTripMs], [0, 0, 0, null]);
});
