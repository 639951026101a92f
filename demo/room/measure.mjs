// The figures of the room: the worker's and the browsers' statistics of their streams.

async function statsOf(producerOrConsumer, type) {
  return (await producerOrConsumer.getStats()).find(entry => entry.type === type) ?? {};
}

async function measureStream(conference, participant, producer) {
  const inbound = await statsOf(producer, 'inbound-rtp');
  const consumers = conference.peers
    .flatMap(peer => peer.consumers)
    .filter(({ producerId }) => producerId === producer.id);
  const outbound = await Promise.all(consumers.map(consumer => statsOf(consumer, 'outbound-rtp').catch(() => ({}))));
  return {
    name: participant.name,
    kind: producer.kind,
    codec: producer.rtpParameters.codecs[0].mimeType.split('/')[1],
    bitrate: inbound.bitrate ?? 0,
    packets: inbound.packetCount ?? 0,
    lost: inbound.packetsLost ?? 0,
    roundTripMs: inbound.roundTripTime ?? null,
    watchers: consumers.length,
    bitrateOut: outbound.reduce((sum, { bitrate = 0 }) => sum + bitrate, 0),
  };
}

/** Returns every stream of the conference; see formatStreams(). */
export async function measureStreams(conference) {
  const streams = conference.participants.flatMap(participant =>
    participant.producers.map(producer => measureStream(conference, participant, producer).catch(() => null)),
  );
  // A stream that has ended has no figures.
  return (await Promise.all(streams)).filter(Boolean);
}

/** Accumulates a visitor's figures of each stream since its first measurement. */
export class Sights {
  #visitor;
  #first = new Map();
  #last = new Map();

  constructor(visitor) {
    this.#visitor = visitor;
  }

  async look() {
    for (const stream of await this.#visitor.streams()) {
      // Before its first packet, a stream has no figures and no time.
      if (!stream.own && stream.counters.timestamp > 0) {
        this.#last.set(stream.producerId, stream);
        if (!this.#first.has(stream.producerId)) {
          this.#first.set(stream.producerId, stream);
        }
      }
    }
  }

  /** See formatSights(). */
  get rows() {
    return [...this.#last.values()].map(stream => {
      const { counters } = stream;
      const first = this.#first.get(stream.producerId).counters;
      const seconds = (counters.timestamp - first.timestamp) / 1000;
      const rate = name => (seconds > 0 ? (counters[name] - first[name]) / seconds : 0);
      return {
        visitor: this.#visitor.name,
        name: stream.name,
        kind: stream.kind,
        codec: stream.codec.split('/')[1] ?? '',
        bitrate: 8 * rate('bytes'),
        width: stream.width,
        height: stream.height,
        pictures: counters.pictures,
        frameRate: rate('pictures'),
        soundSeconds: counters.soundSeconds,
        lost: counters.lost,
        roundTripMs: stream.roundTripMs,
      };
    });
  }
}
