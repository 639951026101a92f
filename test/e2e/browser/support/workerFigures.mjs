// The worker's figures of a received and of a sent stream, for the message of a failed test.

const kFields =
  'packetCount packetsLost packetsRetransmitted packetsRepaired nackCount nackPacketCount pliCount firCount'.split(' ');

async function figuresOf(stream) {
  return (await stream.getStats()).map(entry =>
    Object.fromEntries([['rid', entry.rid ?? entry.type], ...kFields.map(name => [name, entry[name]])]),
  );
}

export async function workerFigures(producer, consumer) {
  return {
    in: await figuresOf(producer),
    out: await figuresOf(consumer),
    layers: consumer.currentLayers,
    score: consumer.score,
  };
}
