// RTCP of the peers in tests (RFC 3550, RFC 4585, RFC 5104).

export const kFeedback = { transport: 205, payload: 206 };
const kSenderReport = 200;
const kReceiverReport = 201;
const kGenericNack = 1;
const kPictureLoss = 1;
const kFullIntraRequest = 4;
const kNtpEpoch = 2_208_988_800; // seconds from 1900 to 1970

/** Returns true for RTCP, by its payload type (RFC 5761, section 4). */
export function isRtcp(bytes) {
  return bytes[1] >= 192 && bytes[1] <= 223;
}

/** @returns {{type: number, format: number, media: number, body: Buffer}[]} media: the media ssrc of feedback; body: behind the sender's ssrc */
export function rtcpPackets(compound) {
  const packets = [];
  for (let offset = 0; offset + 4 <= compound.length; ) {
    const size = 4 + 4 * compound.readUInt16BE(offset + 2);
    const packet = compound.subarray(offset, offset + size);
    const media = size >= 12 ? packet.readUInt32BE(8) : null;
    packets.push({ type: packet[1], format: packet[0] & 0x1f, media, body: packet.subarray(8) });
    offset += size;
  }
  return packets;
}

/** Returns the ssrcs for which a packet requests a key frame. */
export function pictureLosses({ type, format, media, body }) {
  if (type !== kFeedback.payload) {
    return [];
  }
  if (format === kPictureLoss) {
    return [media];
  }
  const ssrcs = [];
  for (let offset = 4; format === kFullIntraRequest && offset < body.length; offset += 8) {
    ssrcs.push(body.readUInt32BE(offset));
  }
  return ssrcs;
}

/** Returns the sequence numbers of a generic NACK (RFC 4585, section 6.2.1). */
export function nackedNumbers({ format, body }) {
  const numbers = [];
  for (let offset = 4; format === kGenericNack && offset < body.length; offset += 4) {
    const first = body.readUInt16BE(offset);
    const mask = body.readUInt16BE(offset + 2);
    numbers.push(first);
    for (let bit = 0; bit < 16; ++bit) {
      if (mask & (1 << bit)) {
        numbers.push((first + bit + 1) & 0xffff);
      }
    }
  }
  return numbers;
}

function packetOf(type, count, words) {
  const packet = Buffer.alloc(4 + 4 * words.length);
  packet[0] = 0x80 | count;
  packet[1] = type;
  packet.writeUInt16BE(words.length, 2);
  words.forEach((word, i) => packet.writeUInt32BE(word >>> 0, 4 + 4 * i));
  return packet;
}

export function receiverReport(sender) {
  return packetOf(kReceiverReport, 0, [sender]);
}

export function pictureLoss(sender, media) {
  return packetOf(kFeedback.payload, kPictureLoss, [sender, media]);
}

/** Makes a NACK with an entry per number. */
export function nack(sender, media, numbers) {
  return packetOf(kFeedback.transport, kGenericNack, [sender, media, ...numbers.map(number => number * 0x10000)]);
}

/** Makes a sender report. `time`: milliseconds since 1970 that correspond to `timestamp`. */
export function senderReport(sender, { time, timestamp, packets, octets }) {
  const seconds = Math.floor(time / 1000) + kNtpEpoch;
  const fraction = ((time % 1000) / 1000) * 0x100000000;
  return packetOf(kSenderReport, 0, [sender, seconds, fraction, timestamp, packets, octets]);
}
