// RTCP for attackers: the messages of test/support/rtcp.mjs, and more feedback messages.
export * from '../../support/rtcp.mjs';

const kBye = 203;
const kTransportFeedback = 205;
const kPayloadFeedback = 206;

/** Returns a packet with these 32-bit words after the header. */
export function rtcpPacket(type, count, words) {
  const packet = Buffer.alloc(4 + 4 * words.length);
  packet[0] = 0x80 | count;
  packet[1] = type;
  packet.writeUInt16BE(words.length, 2);
  words.forEach((word, i) => packet.writeUInt32BE(word >>> 0, 4 + 4 * i));
  return packet;
}

export function bye(ssrcs) {
  return rtcpPacket(kBye, ssrcs.length, ssrcs);
}

/** Returns a generic NACK for `count` numbers starting at `first`, 17 per item (RFC 4585, section 6.2.1). */
export function nackRange(sender, media, first, count) {
  const words = [sender, media];
  for (let i = 0; i < count; i += 17) {
    const following = Math.min(count - i - 1, 16);
    words.push((((first + i) & 0xffff) << 16) | (2 ** following - 1));
  }
  return rtcpPacket(kTransportFeedback, 1, words);
}

/** Returns a FIR (RFC 5104, section 4.3.1). */
export function fullIntraRequest(sender, media, number) {
  return rtcpPacket(kPayloadFeedback, 4, [sender, 0, media, (number & 0xff) << 24]);
}

/** Returns a REMB (draft-alvestrand-rmcat-remb-03, section 2.2) with the given exponent and mantissa fields. */
export function remb(sender, ssrcs, { exponent, mantissa }) {
  const kIdentifier = 0x52454d42; // "REMB"
  const rate = (ssrcs.length << 24) | ((exponent & 0x3f) << 18) | (mantissa & 0x3ffff);
  return rtcpPacket(kPayloadFeedback, 15, [sender, 0, kIdentifier, rate, ...ssrcs]);
}

/** Returns a receiver report with one block (RFC 3550, section 6.4.2). */
export function reportBlock(sender, media, { lost = 0, highest = 0, jitter = 0, lastReport = 0, delay = 0 }) {
  return rtcpPacket(201, 1, [sender, media, lost, highest, jitter, lastReport, delay]);
}

/** Returns transport-wide feedback with one run of `status` for `count` packets and no deltas. */
export function transportFeedback(sender, media, { base, count, status = 0, reference = 0, number = 0 }) {
  const kRunLengthChunk = ((status & 3) << 13) | Math.min(count, 0x1fff);
  return rtcpPacket(kTransportFeedback, 15, [
    sender,
    media,
    ((base & 0xffff) << 16) | (count & 0xffff),
    ((reference & 0xffffff) << 8) | (number & 0xff),
    kRunLengthChunk << 16,
  ]);
}
