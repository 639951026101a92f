// One visitor on the server's side: its transports, what it publishes, what it watches.
import crypto from 'node:crypto';

// A page has one transport for each direction; a few more for one that begins anew before the old ones are gone.
const kTransportsMax = 4;
// Camera and microphone.
const kProducersMax = 2;

function find(map, id, what) {
  const found = map.get(id);
  if (!found) {
    throw new Error(`no such ${what}`);
  }
  return found;
}

export class Peer {
  #conference;
  #transports = new Map();
  #producers = new Map();
  #consumers = new Map();
  #closed = false;
  // What a page may ask for.
  #methods = {
    createTransport: () => this.#createTransport(),
    connectTransport: data => this.#connectTransport(data),
    restartIce: data => this.#restartIce(data),
    produce: data => this.#produce(data),
    consume: data => this.#consume(data),
    resume: data => this.#resume(data),
  };

  constructor(conference, { name, notify }) {
    this.#conference = conference;
    // The id is for all to see; who knows the token speaks for this visitor.
    this.id = crypto.randomUUID();
    this.token = crypto.randomUUID();
    this.name = name;
    this.notify = notify;
  }

  get transports() {
    return [...this.#transports.values()];
  }

  get producers() {
    return [...this.#producers.values()];
  }

  get consumers() {
    return [...this.#consumers.values()];
  }

  async call(method, data) {
    if (!Object.hasOwn(this.#methods, method)) {
      throw new Error(`no method ${method}`);
    }
    return (await this.#methods[method](data)) ?? {};
  }

  close() {
    this.#closed = true;
    this.transports.forEach(transport => transport.close());
  }

  async #createTransport() {
    if (this.#transports.size >= kTransportsMax) {
      throw new Error('too many transports');
    }
    const transport = await this.#conference.createTransport();
    if (this.#closed) {
      transport.close();
      throw new Error('the visitor has left');
    }
    this.#transports.set(transport.id, transport);
    transport.observer.once('close', () => {
      this.#transports.delete(transport.id);
      this.notify('transportClosed', { id: transport.id });
    });
    // The page went away, or closed its end: what came from it ends for the others as well.
    transport.on('dtlsstatechange', state => {
      if (state === 'closed' || state === 'failed') {
        transport.close();
      }
    });
    const { id, iceParameters, iceCandidates, dtlsParameters } = transport;
    return { id, iceParameters, iceCandidates, dtlsParameters };
  }

  async #connectTransport({ id, dtlsParameters }) {
    await find(this.#transports, id, 'transport').connect({ dtlsParameters });
  }

  async #restartIce({ id }) {
    return { iceParameters: await find(this.#transports, id, 'transport').restartIce() };
  }

  async #produce({ id, kind, rtpParameters }) {
    if (this.#producers.size >= kProducersMax) {
      throw new Error('too many streams');
    }
    const producer = await find(this.#transports, id, 'transport').produce({ kind, rtpParameters });
    this.#producers.set(producer.id, producer);
    producer.observer.once('close', () => this.#producers.delete(producer.id));
    this.#conference.announce(this, producer);
    return { id: producer.id };
  }

  /** Paused, until the page is ready for it: then the key frame that resuming asks for finds its decoder. */
  async #consume({ id, producerId, rtpCapabilities }) {
    const transport = find(this.#transports, id, 'transport');
    const consumer = await transport.consume({ producerId, rtpCapabilities, paused: true });
    this.#consumers.set(consumer.id, consumer);
    consumer.on('producerclose', () => this.notify('streamRemoved', { producerId }));
    consumer.observer.once('close', () => this.#consumers.delete(consumer.id));
    return { id: consumer.id, producerId, kind: consumer.kind, rtpParameters: consumer.rtpParameters };
  }

  async #resume({ id }) {
    await find(this.#consumers, id, 'stream').resume();
  }
}
