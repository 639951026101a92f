// RTP packets of attackers and of the call (RFC 3550, section 5.1).

const kFixedHeader = 12;
const kOneByteForm = 0xbede; // RFC 8285, section 4.2

/** Returns a block of one-byte header extensions (RFC 8285, section 4.2). `values`: [id, Buffer] each. */
export function oneByteExtensions(values) {
  const elements = values.map(([id, value]) => Buffer.concat([Buffer.from([(id << 4) | (value.length - 1)]), value]));
  const size = elements.reduce((sum, element) => sum + element.length, 0);
  const block = Buffer.alloc(4 + 4 * Math.ceil(size / 4));
  block.writeUInt16BE(kOneByteForm, 0);
  block.writeUInt16BE(block.length / 4 - 1, 2);
  Buffer.concat(elements).copy(block, 4);
  return block;
}

/**
 * @param {{payloadType: number, sequenceNumber?: number, timestamp?: number, ssrc: number, marker?: boolean,
 *   extensions?: Buffer, payload?: Buffer, padding?: number}} fields extensions: the block including its header;
 *   padding: bytes of padding
 */
export function rtpPacket({
  payloadType,
  sequenceNumber = 0,
  timestamp = 0,
  ssrc,
  marker = false,
  extensions = Buffer.alloc(0),
  payload = Buffer.alloc(0),
  padding = 0,
}) {
  const packet = Buffer.alloc(kFixedHeader + extensions.length + payload.length + padding);
  packet[0] = 0x80 | (padding > 0 ? 0x20 : 0) | (extensions.length > 0 ? 0x10 : 0);
  packet[1] = (marker ? 0x80 : 0) | payloadType;
  packet.writeUInt16BE(sequenceNumber & 0xffff, 2);
  packet.writeUInt32BE(timestamp >>> 0, 4);
  packet.writeUInt32BE(ssrc >>> 0, 8);
  extensions.copy(packet, kFixedHeader);
  payload.copy(packet, kFixedHeader + extensions.length);
  if (padding > 0) {
    packet[packet.length - 1] = padding;
  }
  return packet;
}

/** Returns the RTX packet for `original` (RFC 4588, section 4). */
export function rtxPacket(original, { payloadType, ssrc, sequenceNumber }) {
  const packet = Buffer.alloc(original.length + 2);
  original.copy(packet, 0, 0, kFixedHeader);
  original.copy(packet, kFixedHeader, 2, 4);
  original.copy(packet, kFixedHeader + 2, kFixedHeader);
  packet[1] = (packet[1] & 0x80) | payloadType;
  packet.writeUInt16BE(sequenceNumber & 0xffff, 2);
  packet.writeUInt32BE(ssrc >>> 0, 8);
  return packet;
}

/** Returns a VP8 payload without picture id (RFC 7741, section 4.2). `start`: first packet of a frame. */
export function vp8Payload({ start = true, key = false, size = 100 }) {
  const payload = Buffer.alloc(size);
  payload[0] = start ? 0x10 : 0x00;
  payload[1] = key ? 0x00 : 0x01;
  return payload;
}

/** Returns true for RTP, by the first two bytes (RFC 7983, RFC 5761). */
export function isRtp(bytes) {
  return bytes.length >= kFixedHeader && bytes[0] >> 6 === 2 && !(bytes[1] >= 192 && bytes[1] <= 223);
}
