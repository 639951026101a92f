// Figures of a stream from getStats(), in common units. Pure functions.
// https://www.w3.org/TR/webrtc-stats/

function perSecond(now, before, name, milliseconds) {
  return milliseconds > 0 ? (1000 * Math.max(0, (now[name] ?? 0) - (before[name] ?? 0))) / milliseconds : 0;
}

function share(part, whole) {
  return whole > 0 ? part / whole : 0;
}

function soundSeconds({ totalSamplesDuration = 0, totalSamplesReceived = 0, concealedSamples = 0 }) {
  return totalSamplesDuration * share(totalSamplesReceived - concealedSamples, totalSamplesReceived);
}

/** Returns the selected candidate pair. Its round trip is between page and server. */
function pairOf(entries, transportId) {
  const transport = entries.find(({ type, id }) => type === 'transport' && id === transportId);
  return entries.find(({ type, id }) => type === 'candidate-pair' && id === transport?.selectedCandidatePairId);
}

/**
 * @param {Map<string, object>} report of a sender or a receiver
 * @param {object} [before] the previous result for the same stream
 */
export function streamStatistics(report, before) {
  const entries = [...report.values()];
  const main = entries.find(({ type }) => type === 'inbound-rtp' || type === 'outbound-rtp') ?? {};
  const own = main.type === 'outbound-rtp';
  const remote = entries.find(({ type, localId }) => type === 'remote-inbound-rtp' && localId === main.id);
  const codec = entries.find(({ type, id }) => type === 'codec' && id === main.codecId);
  const source = entries.find(({ type, id }) => type === 'media-source' && id === main.mediaSourceId);
  const pair = pairOf(entries, main.transportId);
  const counters = {
    timestamp: main.timestamp ?? 0,
    bytes: (own ? main.bytesSent : main.bytesReceived) ?? 0,
    packets: (own ? main.packetsSent : main.packetsReceived) ?? 0,
    lost: Math.max(0, (own ? remote?.packetsLost : main.packetsLost) ?? 0),
    // Encoded or decoded pictures.
    pictures: (own ? main.framesEncoded : main.framesDecoded) ?? 0,
    // Played sound, without concealed samples.
    soundSeconds: soundSeconds(main),
    audioEnergy: (own ? source?.totalAudioEnergy : main.totalAudioEnergy) ?? 0,
  };
  const last = before?.counters ?? counters;
  const elapsed = counters.timestamp - last.timestamp;
  const lostNow = Math.max(0, counters.lost - last.lost);
  const packetsNow = Math.max(0, counters.packets - last.packets);
  // For sent streams, loss and round trip are in the reports of the server.
  const roundTrip = remote?.roundTripTime ?? pair?.currentRoundTripTime;
  return {
    codec: codec?.mimeType ?? '',
    protocol: entries.find(({ id }) => id === pair?.localCandidateId)?.protocol ?? '',
    width: main.frameWidth ?? 0,
    height: main.frameHeight ?? 0,
    frameRate: perSecond(counters, last, 'pictures', elapsed),
    bitrate: 8 * perSecond(counters, last, 'bytes', elapsed),
    lossShare: share(lostNow, own ? packetsNow : packetsNow + lostNow),
    roundTripMs: roundTrip === undefined ? null : 1000 * roundTrip,
    audioLevel: (own ? source?.audioLevel : main.audioLevel) ?? 0,
    counters,
  };
}
