// Receives a capture over a bad network, requests lost packets, and identifies each received picture in the capture.
import crypto from 'node:crypto';
import { bodyOf, inspectFrame, readRtp } from '../../support/captures.mjs';
import { nack, pictureLoss, receiverReport } from '../../support/rtcp.mjs';

const kReorderMs = 40;
const kAskAgainMs = 120;
const kPatienceMs = 2000;
const kPictureLossMs = 500;
const kWindow = 4096;

function digest(codec, packets) {
  const hash = crypto.createHash('sha1');
  packets.forEach(({ payload }) => hash.update(bodyOf(codec, payload)));
  return hash.digest('base64');
}

/** Returns all non-empty subsets of a picture's frames, each as a list. */
function selections(frames) {
  const count = 1 << frames.length;
  return Array.from({ length: count - 1 }, (_, bits) => frames.filter((_, i) => ((bits + 1) >> i) & 1));
}

/** Maps the digest of each subset of a picture's frames to {encoding, index, key, top, frames}. */
export function indexCapture({ codec, encodings }) {
  const known = new Map();
  encodings.forEach((pictures, encoding) =>
    pictures.forEach(({ frames, key }, index) => {
      for (const chosen of selections(frames)) {
        const name = digest(
          codec,
          chosen.flatMap(({ packets }) => packets),
        );
        if (known.has(name)) {
          throw new Error(
            `pictures ${known.get(name).index} and ${index} of encoding ${encoding} cannot be details apart`,
          );
        }
        known.set(name, {
          encoding,
          index,
          key,
          top: chosen.at(-1).spatial,
          frames: chosen.map(({ spatial }) => spatial),
        });
      }
    }),
  );
  return known;
}

export class CaptureViewer {
  #capture;
  #known;
  #ssrc;
  #rtxSsrc;
  #send;
  #waiting = new Map(); // by unwrapped sequence number
  #missing = new Map(); // number -> { since, asked }
  #next = null;
  #highest = null;
  #gap = true;
  #picture = [];
  #needsKey = true;
  #keyAsked = 0;
  /** The pictures to decode, in order: {packets, encoding, index, top}. */
  pictures = [];
  faults = [];
  repaired = 0;
  givenUp = 0;
  cut = 0;
  unmarked = 0;
  empty = 0;

  /** @param {{capture: object, known: Map, ssrc: number, rtxSsrc: number, send: function(Buffer)}} options */
  constructor({ capture, known, ssrc, rtxSsrc, send }) {
    this.#capture = capture;
    this.#known = known;
    this.#ssrc = ssrc;
    this.#rtxSsrc = rtxSsrc;
    this.#send = send;
  }

  onRtp(bytes, now) {
    const packet = readRtp(bytes);
    if (packet.ssrc === this.#rtxSsrc) {
      // RFC 4588, section 4: the payload begins with the original sequence number.
      packet.sequenceNumber = packet.payload.readUInt16BE(0);
      packet.payload = packet.payload.subarray(2);
      ++this.repaired;
    }
    const number = this.#unwrap(packet.sequenceNumber);
    if (number < this.#next || this.#waiting.has(number)) {
      return;
    }
    for (let lost = this.#highest + 1; lost < number; ++lost) {
      this.#missing.set(lost, { since: now, asked: 0 });
    }
    this.#highest = Math.max(this.#highest, number);
    this.#missing.delete(number);
    this.#waiting.set(number, packet);
    this.#deliver();
  }

  onTick(now) {
    const ask = [];
    for (const [number, state] of this.#missing) {
      if (now - state.since > kPatienceMs || this.#highest - number > kWindow) {
        this.#missing.delete(number);
        ++this.givenUp;
        this.#next = number + 1;
        this.#gap = true;
        this.#deliver();
      } else if (now - state.since > kReorderMs && now - state.asked > kAskAgainMs) {
        state.asked = now;
        ask.push(number & 0xffff);
      }
    }
    if (ask.length > 0) {
      this.#send(Buffer.concat([receiverReport(1), nack(1, this.#ssrc, ask)]));
    }
    if (this.#needsKey && this.#highest !== null && this.#missing.size === 0 && now - this.#keyAsked > kPictureLossMs) {
      this.#keyAsked = now;
      this.#send(Buffer.concat([receiverReport(1), pictureLoss(1, this.#ssrc)]));
    }
  }

  #unwrap(sequenceNumber) {
    if (this.#highest === null) {
      this.#highest = sequenceNumber + 0x10000;
      this.#next = this.#highest;
      return this.#highest;
    }
    return this.#highest + ((((sequenceNumber - this.#highest) & 0xffff) ^ 0x8000) - 0x8000);
  }

  #deliver() {
    for (; this.#waiting.has(this.#next); ++this.#next) {
      const packet = this.#waiting.get(this.#next);
      this.#waiting.delete(this.#next);
      // An empty packet only fills its sequence number.
      if (packet.payload.length > 0) {
        this.#take(packet);
      } else {
        ++this.empty;
      }
    }
  }

  #take(packet) {
    if (this.#gap) {
      this.#gap = false;
      this.#needsKey = true;
      this.#picture = [];
    }
    const [first] = this.#picture;
    const { key } = inspectFrame(
      this.#capture.codec,
      packet,
      this.#picture.length === 0 || first.timestamp !== packet.timestamp,
    );
    if (first && first.timestamp !== packet.timestamp) {
      this.#endWithoutMarker(key, packet.sequenceNumber);
      this.#picture = [];
    }
    if (this.#needsKey && this.#picture.length === 0) {
      if (!key) {
        return;
      }
      this.#needsKey = false;
    }
    this.#picture.push(packet);
    if (packet.marker) {
      this.#end(this.#picture);
      this.#picture = [];
    }
  }

  #endWithoutMarker(keyFollows, before) {
    if (this.#capture.simulcast) {
      // A key frame of another encoding may arrive before the last picture of the old one is complete.
      if (keyFollows) {
        ++this.cut;
      } else {
        this.#fail(`a picture without an end before ${before}`);
      }
    } else {
      // The encoder left out the watched layer. The worker cannot know this when it forwards the layer below.
      ++this.unmarked;
      this.#end(this.#picture);
    }
  }

  #end(packets) {
    const known = this.#known.get(digest(this.#capture.codec, packets));
    if (known) {
      this.pictures.push({ ...known, packets });
    } else {
      this.#fail(`a torn picture of ${packets.length} packets up to ${packets.at(-1).sequenceNumber}`);
    }
  }

  #fail(what) {
    this.faults.push(what);
    this.#needsKey = true;
  }
}
