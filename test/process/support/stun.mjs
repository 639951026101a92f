// Binding requests of an ICE peer (RFC 8489, RFC 8445 section 7.1), for tests without a browser.
import crypto from 'node:crypto';

const kBindingRequest = 0x0001;
const kMagicCookie = 0x2112a442;
const kHeaderSize = 20;
const kIntegritySize = 24; // including the attribute's header
const kFingerprintSize = 8;

const Attribute = {
  USERNAME: 0x0006,
  MESSAGE_INTEGRITY: 0x0008,
  PRIORITY: 0x0024,
  USE_CANDIDATE: 0x0025,
  FINGERPRINT: 0x8028,
  ICE_CONTROLLING: 0x802a,
};

/** Returns the CRC-32 of ISO 3309, which FINGERPRINT uses. */
function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; ++bit) {
      crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    }
  }
  return ~crc >>> 0;
}

function attribute(type, value) {
  const bytes = Buffer.alloc(4 + Math.ceil(value.length / 4) * 4);
  bytes.writeUInt16BE(type, 0);
  bytes.writeUInt16BE(value.length, 2);
  value.copy(bytes, 4);
  return bytes;
}

/** Returns the header of a message whose attributes have `length` bytes. */
function header(length, transactionId) {
  const bytes = Buffer.alloc(kHeaderSize);
  bytes.writeUInt16BE(kBindingRequest, 0);
  bytes.writeUInt16BE(length, 2);
  bytes.writeUInt32BE(kMagicCookie, 4);
  transactionId.copy(bytes, 8);
  return bytes;
}

/** Returns a binding request with USE-CANDIDATE for a transport with these `iceParameters`. */
export function bindingRequest({ usernameFragment, password }) {
  const transactionId = crypto.randomBytes(12);
  const attributes = Buffer.concat([
    attribute(Attribute.USERNAME, Buffer.from(`${usernameFragment}:peer`)),
    attribute(Attribute.ICE_CONTROLLING, crypto.randomBytes(8)),
    attribute(Attribute.USE_CANDIDATE, Buffer.alloc(0)),
    attribute(Attribute.PRIORITY, Buffer.from([0x6e, 0x7f, 0x1e, 0xff])),
  ]);
  // The last two attributes each cover the bytes before them, with a length in the header that includes the attribute.
  const signed = Buffer.concat([header(attributes.length + kIntegritySize, transactionId), attributes]);
  const integrity = attribute(Attribute.MESSAGE_INTEGRITY, crypto.createHmac('sha1', password).update(signed).digest());
  const length = attributes.length + kIntegritySize + kFingerprintSize;
  const covered = Buffer.concat([header(length, transactionId), attributes, integrity]);
  const fingerprint = Buffer.alloc(4);
  fingerprint.writeUInt32BE((crc32(covered) ^ 0x5354554e) >>> 0);
  return Buffer.concat([covered, attribute(Attribute.FINGERPRINT, fingerprint)]);
}
