// Plays a capture to the worker as a live source: it repeats without end, with a key picture when one is requested, continuous
// numbers, and retransmissions.
import { vp8Descriptor, vp9Descriptor } from '../../support/captures.mjs';
import { kFeedback, pictureLosses, nackedNumbers, rtcpPackets, senderReport } from '../../support/rtcp.mjs';

const kHistory = 512;
const kOneByteForm = 0xbede;
const kLongestOneByteValue = 16;
const kTwoByteForm = 0x1000;

/** Finds the picture numbers of a packet: their offset in its payload or descriptor, and their bits. */
const numbering = {
  VP8: vp8Descriptor,
  VP9: vp9Descriptor,
  H264: () => ({}),
  AV1: () => ({}),
};

function readNumber(bytes, offset) {
  return bytes[offset] & 0x80 ? bytes.readUInt16BE(offset) & 0x7fff : bytes[offset] & 0x7f;
}

function writeNumber(bytes, offset, value) {
  if (bytes[offset] & 0x80) {
    bytes.writeUInt16BE(0x8000 | (value & 0x7fff), offset);
  } else {
    bytes[offset] = value & 0x7f;
  }
}

/** Makes a header extension block with one value (RFC 8285). */
function extensionBlock(id, value) {
  const oneByte = value.length <= kLongestOneByteValue;
  const head = oneByte ? [(id << 4) | (value.length - 1)] : [id, value.length];
  const words = Math.ceil((head.length + value.length) / 4);
  const block = Buffer.alloc(4 + 4 * words);
  block.writeUInt16BE(oneByte ? kOneByteForm : kTwoByteForm, 0);
  block.writeUInt16BE(words, 2);
  block.set(head, 4);
  value.copy(block, 4 + head.length);
  return block;
}

/** One encoding: its ssrc, its numbers and its position in the capture. */
class Stream {
  #capture;
  #pictures;
  #position = -1;
  #sequenceNumber;
  #rtxSequenceNumber;
  #timestampOffset;
  #last = { pictureId: 100, tl0PicIdx: 10, frameNumber: 1000 };
  #shift = {};
  #history = new Map();
  #sent = { packets: 0, octets: 0 };
  keyWanted = false;

  constructor(capture, encoding, { ssrc, rtxSsrc, payloadTypes, random }) {
    this.#capture = capture;
    this.#pictures = capture.encodings[encoding];
    Object.assign(this, { ssrc, rtxSsrc, payloadTypes });
    this.#sequenceNumber = Math.floor(random() * 0x10000);
    this.#rtxSequenceNumber = Math.floor(random() * 0x10000);
    this.#timestampOffset = Math.floor(random() * 0x100000000);
  }

  /** Returns the packets of the next picture, captured at that tick of the clock. */
  next(ticks) {
    const before = this.#position;
    this.#position = this.#nextPosition();
    const picture = this.#pictures[this.#position];
    const jumps = this.#position !== before + 1;
    return picture.packets.map((packet, i) => this.#write(packet, this.#timestamp(ticks), jumps && i === 0));
  }

  report(ticks) {
    return senderReport(this.ssrc, { ...this.#sent, timestamp: this.#timestamp(ticks), time: Date.now() });
  }

  /** Returns the packet in the format of RFC 4588, or null if it is too old. */
  repeat(sequenceNumber) {
    const original = this.#history.get(sequenceNumber % kHistory);
    if (original?.readUInt16BE(2) !== sequenceNumber) {
      return null;
    }
    const headerSize = original.headerSize;
    const packet = Buffer.alloc(original.length + 2);
    original.copy(packet, 0, 0, headerSize);
    original.copy(packet, headerSize, 2, 4);
    original.copy(packet, headerSize + 2, headerSize);
    packet[1] = (packet[1] & 0x80) | this.payloadTypes.rtx;
    packet.writeUInt16BE(this.#rtxSequenceNumber++ & 0xffff, 2);
    packet.writeUInt32BE(this.rtxSsrc, 8);
    return packet;
  }

  #nextPosition() {
    const next = this.#position + 1;
    if (!this.keyWanted) {
      return next % this.#pictures.length;
    }
    this.keyWanted = false;
    const key = this.#pictures.findIndex(({ key }, index) => key && index >= next);
    return Math.max(key, 0);
  }

  #timestamp(ticks) {
    return (this.#timestampOffset + ticks) >>> 0;
  }

  /** `restart`: the next picture of the capture does not follow the last one sent. */
  #renumber(name, value, modulus, restart) {
    if (restart || this.#shift[name] === undefined) {
      this.#shift[name] = this.#last[name] + 1 - value;
    }
    const number = (((value + this.#shift[name]) % modulus) + modulus) % modulus;
    this.#last[name] = number;
    return number;
  }

  #write({ marker, payload, extensions }, timestamp, restart) {
    const body = Buffer.from(payload);
    const places = numbering[this.#capture.codec](payload);
    if (places.pictureId) {
      writeNumber(
        body,
        places.pictureId,
        this.#renumber('pictureId', readNumber(body, places.pictureId), 0x8000, restart),
      );
    }
    if (places.tl0PicIdx) {
      body[places.tl0PicIdx] = this.#renumber('tl0PicIdx', body[places.tl0PicIdx], 0x100, restart);
    }
    const header = Buffer.alloc(12);
    header[0] = 0x80;
    header[1] = (marker ? 0x80 : 0) | this.payloadTypes.media;
    header.writeUInt16BE(this.#sequenceNumber, 2);
    header.writeUInt32BE(timestamp, 4);
    header.writeUInt32BE(this.ssrc, 8);
    const parts = [header, body];
    const descriptor = extensions.get(this.#capture.descriptorId);
    if (descriptor) {
      header[0] |= 0x10;
      const value = Buffer.from(descriptor);
      value.writeUInt16BE(this.#renumber('frameNumber', value.readUInt16BE(1), 0x10000, restart), 1);
      parts.splice(1, 0, extensionBlock(this.#capture.descriptorId, value));
    }
    const packet = Buffer.concat(parts);
    packet.headerSize = packet.length - body.length;
    this.#history.set(this.#sequenceNumber % kHistory, packet);
    this.#sequenceNumber = (this.#sequenceNumber + 1) & 0xffff;
    ++this.#sent.packets;
    this.#sent.octets += body.length;
    return packet;
  }
}

export class CaptureSource {
  #streams;
  #send;
  keyFrameRequests = 0;
  repeated = 0;

  /** @param {{capture: object, encodings: object[], payloadTypes: object, send: function(Buffer), random: function}} options */
  constructor({ capture, encodings, payloadTypes, send, random }) {
    this.#send = send;
    this.#streams = encodings.map(
      ({ ssrc, rtx }, i) => new Stream(capture, i, { ssrc, rtxSsrc: rtx.ssrc, payloadTypes, random }),
    );
  }

  /** Sends a picture of each encoding. */
  capture(ticks) {
    for (const stream of this.#streams) {
      stream.next(ticks).forEach(packet => this.#send(packet));
    }
  }

  report(ticks) {
    this.#streams.forEach(stream => this.#send(stream.report(ticks)));
  }

  onRtcp(compound) {
    for (const packet of rtcpPackets(compound)) {
      for (const ssrc of pictureLosses(packet)) {
        const stream = this.#streams.find(each => each.ssrc === ssrc);
        if (stream) {
          stream.keyWanted = true;
          ++this.keyFrameRequests;
        }
      }
      if (packet.type === kFeedback.transport) {
        this.#repeat(packet);
      }
    }
  }

  #repeat(packet) {
    const stream = this.#streams.find(({ ssrc }) => ssrc === packet.media);
    for (const number of stream ? nackedNumbers(packet) : []) {
      const repeated = stream.repeat(number);
      if (repeated) {
        ++this.repeated;
        this.#send(repeated);
      }
    }
  }
}
