// A participant of the soak: WebRTC with audio and simulcast video. It drops some packets in both directions.
import crypto from 'node:crypto';
import { payloadTypes } from './Attacker.mjs';
import { nack, nackedNumbers, pictureLoss, pictureLosses, receiverReport, rtcpPackets } from './rtcp.mjs';
import { isRtp, rtpPacket, rtxPacket, vp8Payload } from './rtp.mjs';

const kEncodings = 3;
const kHistory = 256;
const kOwnSsrc = 1;
const kVideoSize = [150, 300, 600];

let nextSsrc = 0x50a40000;

/** The packets of one ssrc. */
class Source {
  #history = new Map();
  #number = crypto.randomInt(0x10000);
  #timestamp = crypto.randomInt(0x7fffffff);
  keyWanted = true;

  constructor(payloadType, { ssrc, rtx, size, step }) {
    Object.assign(this, { payloadType, ssrc, rtx, size, step });
    this.rtxNumber = 0;
  }

  next(isVideo) {
    const payload = isVideo ? vp8Payload({ key: this.keyWanted, size: this.size }) : Buffer.alloc(this.size, 7);
    this.keyWanted = false;
    this.#number = (this.#number + 1) & 0xffff;
    this.#timestamp = (this.#timestamp + this.step) >>> 0;
    const { payloadType, ssrc } = this;
    const fields = {
      payloadType,
      ssrc,
      sequenceNumber: this.#number,
      timestamp: this.#timestamp,
      marker: isVideo,
      payload,
    };
    const packet = rtpPacket(fields);
    this.#history.set(this.#number % kHistory, packet);
    return packet;
  }

  repeat(number) {
    const packet = this.#history.get(number % kHistory);
    const isIt = this.rtx && packet?.readUInt16BE(2) === number;
    return isIt
      ? rtxPacket(packet, { payloadType: payloadTypes.rtx, ssrc: this.rtx, sequenceNumber: this.rtxNumber++ })
      : null;
  }

  /** Jumps in sequence number and timestamp, as a restarted source does. */
  jump() {
    this.#number = crypto.randomInt(0x10000);
    this.#timestamp = crypto.randomInt(0x7fffffff);
    this.keyWanted = true;
  }
}

export class Guest {
  #attacker;
  #random;
  #loss;
  #sources = [];
  #tick = 0;
  #onMessage = bytes => this.#receive(bytes);

  constructor(attacker, { random, loss }) {
    this.#attacker = attacker;
    this.#random = random;
    this.#loss = loss;
    this.producers = [];
    this.consumers = new Map(); // by the producer's id
    this.received = 0;
  }

  async join(certificate) {
    this.peer = await this.#attacker.webRtc({ protocol: this.#random() < 0.2 ? 'tcp' : 'udp' });
    await this.peer.establish({ certificate });
    this.peer.socket.on('message', this.#onMessage);
    await this.#publish('audio');
    await this.#publish('video');
  }

  async #publish(kind) {
    const encodings = Array.from({ length: kind === 'video' ? kEncodings : 1 }, () => {
      const ssrc = nextSsrc++;
      return kind === 'video' ? { ssrc, rtx: { ssrc: nextSsrc++ } } : { ssrc };
    });
    const producer = await this.#attacker.produce(this.peer.transport, {
      kind,
      ssrc: encodings[0].ssrc,
      rtx: encodings[0].rtx?.ssrc,
      cname: `guest-${encodings[0].ssrc}`,
      change: parameters => ({ ...parameters, encodings }),
    });
    const sources = encodings.map(({ ssrc, rtx }, i) => {
      const video = { ssrc, rtx: rtx?.ssrc, size: kVideoSize[i], step: 3600 };
      return new Source(payloadTypes[kind], kind === 'video' ? video : { ssrc, size: 80, step: 960 });
    });
    this.#sources.push(...sources.map(source => ({ source, producer, isVideo: kind === 'video' })));
    this.producers.push(producer);
  }

  /** Consumes the producer. */
  async follow(producer) {
    const consumer = await this.#attacker.consume(this.peer.transport, producer);
    this.consumers.set(producer.id, consumer);
    const forget = () => this.consumers.delete(producer.id);
    consumer.on('producerclose', forget);
    consumer.on('transportclose', forget);
  }

  /** Sends one packet of audio, and in every second call one of each video encoding. Call it every 20 ms. */
  tick() {
    ++this.#tick;
    for (const { source, producer, isVideo } of this.#sources) {
      if (!producer.closed && (!isVideo || this.#tick % 2 === 0)) {
        this.#sendRtp(source.next(isVideo));
      }
    }
    if (this.#tick % 50 === 0) {
      this.#sendRtcp(receiverReport(kOwnSsrc));
    }
  }

  /** Moves to another address, as after a change of network. */
  async move() {
    if (this.peer.candidate.protocol === 'tcp') {
      return;
    }
    const before = this.peer.socket;
    this.peer.socket = await this.#attacker.socket({
      keep: false,
      ip: `127.0.0.${2 + Math.floor(this.#random() * 50)}`,
    });
    this.peer.socket.on('message', this.#onMessage);
    await this.peer.check({ useCandidate: true });
    this.#attacker.drop(before);
  }

  async restartIce() {
    const { usernameFragment: ufrag, password } = await this.peer.transport.restartIce();
    this.peer.credentials = { ufrag, password };
    await this.peer.check({ useCandidate: true });
  }

  jump() {
    this.#sources.forEach(({ source }) => source.jump());
  }

  /** Returns one of its consumers at random, or null. */
  anyConsumer() {
    const all = [...this.consumers.values()];
    return all.length > 0 ? all[Math.floor(this.#random() * all.length)] : null;
  }

  async republish() {
    this.producers.splice(0).forEach(producer => producer.close());
    this.#sources = [];
    await this.#publish('audio');
    await this.#publish('video');
  }

  leave() {
    this.peer.close();
    if (this.peer.candidate.protocol === 'udp') {
      this.#attacker.drop(this.peer.socket);
    }
  }

  #sendRtp(packet) {
    if (this.#random() >= this.#loss) {
      this.peer.sendRtp(packet);
    }
  }

  #sendRtcp(compound) {
    if (this.#random() >= this.#loss) {
      this.peer.sendRtcp(compound);
    }
  }

  #receive(bytes) {
    this.peer.socket.inbox.length = 0;
    const first = bytes[0] >> 6;
    if (first !== 2) {
      return;
    }
    if (!isRtp(bytes)) {
      this.#onRtcp(this.peer.inbound.unprotectRtcp(bytes));
      return;
    }
    const packet = this.peer.inbound.unprotectRtp(bytes);
    if (!packet) {
      throw new Error('a packet that is not authentic');
    }
    ++this.received;
    const ssrc = packet.readUInt32BE(8);
    if (this.#random() < this.#loss) {
      // Treat it as lost: request it again, and sometimes a key frame.
      this.#sendRtcp(nack(kOwnSsrc, ssrc, [packet.readUInt16BE(2)]));
      if (this.#random() < 0.1) {
        this.#sendRtcp(pictureLoss(kOwnSsrc, ssrc));
      }
    }
  }

  #onRtcp(compound) {
    if (!compound) {
      throw new Error('a report that is not authentic');
    }
    for (const part of rtcpPackets(compound)) {
      const wanted = new Set(pictureLosses(part));
      for (const { source } of this.#sources) {
        source.keyWanted ||= wanted.has(source.ssrc);
        if (part.type === 205 && part.media === source.ssrc) {
          nackedNumbers(part).forEach(number => this.#repeat(source, number));
        }
      }
    }
  }

  #repeat(source, number) {
    const packet = source.repeat(number);
    if (packet) {
      this.#sendRtp(packet);
    }
  }
}
