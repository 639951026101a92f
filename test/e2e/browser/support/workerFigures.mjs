// What the worker says of a stream that comes in and of one that goes out, for the message of a test that failed.

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
