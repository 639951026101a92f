// A visitor on the server's side: its transports, producers and consumers.
import crypto from 'node:crypto';

// A page has a transport per direction, and a few more when it starts again before the old ones have closed.
const kTransportsMax = 4;
// Camera and microphone.
const kProducersMax = 2;
// The chat, and what a program opens.
const kChannelsMax = 8;

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
  #dataProducers = new Map();
  #dataConsumers = new Map();
  #closed = false;
  // The requests of a page.
  #methods = {
    createTransport: () => this.#createTransport(),
    connectTransport: data => this.#connectTransport(data),
    restartIce: data => this.#restartIce(data),
    produce: data => this.#produce(data),
    consume: data => this.#consume(data),
    resume: data => this.#resume(data),
    produceData: data => this.#produceData(data),
    consumeData: data => this.#consumeData(data),
  };

  constructor(conference, { name, notify }) {
    this.#conference = conference;
    // The id is public; the token authenticates the visitor's page.
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

  get dataProducers() {
    return [...this.#dataProducers.values()];
  }

  get dataConsumers() {
    return [...this.#dataConsumers.values()];
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
    // The page has gone, or has closed its end: its streams end for the others too.
    transport.on('dtlsstatechange', state => {
      if (state === 'closed' || state === 'failed') {
        transport.close();
      }
    });
    const { id, iceParameters, iceCandidates, dtlsParameters, sctpParameters } = transport;
    return { id, iceParameters, iceCandidates, dtlsParameters, sctpParameters };
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

  /** Creates a consumer, paused until the page is ready, so that the key frame on resume finds a decoder. */
  async #consume({ id, producerId, rtpCapabilities }) {
    const transport = find(this.#transports, id, 'transport');
    const consumer = await transport.consume({ producerId, rtpCapabilities, paused: true });
    this.#consumers.set(consumer.id, consumer);
    consumer.on('producerclose', () => this.notify('streamRemoved', { producerId }));
    consumer.observer.once('close', () => this.#consumers.delete(consumer.id));
    return { id: consumer.id, producerId, kind: consumer.kind, rtpParameters: consumer.rtpParameters };
  }

  async #produceData({ id, sctpStreamParameters, label }) {
    if (this.#dataProducers.size >= kChannelsMax) {
      throw new Error('too many channels');
    }
    const transport = find(this.#transports, id, 'transport');
    const dataProducer = await transport.produceData({ sctpStreamParameters, label });
    this.#dataProducers.set(dataProducer.id, dataProducer);
    dataProducer.observer.once('close', () => this.#dataProducers.delete(dataProducer.id));
    this.#conference.announceChannel(this, dataProducer);
    return { id: dataProducer.id };
  }

  async #consumeData({ id, dataProducerId }) {
    const dataConsumer = await find(this.#transports, id, 'transport').consumeData({ dataProducerId });
    this.#dataConsumers.set(dataConsumer.id, dataConsumer);
    dataConsumer.on('dataproducerclose', () => this.notify('channelRemoved', { dataProducerId }));
    dataConsumer.observer.once('close', () => this.#dataConsumers.delete(dataConsumer.id));
    const { sctpStreamParameters, label, protocol } = dataConsumer;
    return { id: dataConsumer.id, dataProducerId, sctpStreamParameters, label, protocol };
  }

  async #resume({ id }) {
    await find(this.#consumers, id, 'stream').resume();
  }
}
