// Valid and invalid binding requests of an ICE agent (RFC 8489, RFC 8445).
import crypto from 'node:crypto';
import { crc32 } from 'node:zlib';

const kMagicCookie = 0x2112a442;
const kHeaderSize = 20;
const kIntegritySize = 24;
const kFingerprintSize = 8;
const kFingerprintMask = 0x5354554e;

const kClass = { request: 0x0001, indication: 0x0011, success: 0x0101, error: 0x0111 };
const kAttribute = {
  username: 0x0006,
  messageIntegrity: 0x0008,
  errorCode: 0x0009,
  xorMappedAddress: 0x0020,
  priority: 0x0024,
  useCandidate: 0x0025,
  fingerprint: 0x8028,
  iceControlled: 0x8029,
  iceControlling: 0x802a,
  nomination: 0xc001,
};

function attribute(type, value) {
  const bytes = Buffer.alloc(4 + 4 * Math.ceil(value.length / 4));
  bytes.writeUInt16BE(type, 0);
  bytes.writeUInt16BE(value.length, 2);
  value.copy(bytes, 4);
  return bytes;
}

function word(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0, 0);
  return bytes;
}

/**
 * @param {{ufrag: string, password: string}} of the worker's transport
 * @param {{kind?: string, useCandidate?: boolean, controlled?: boolean, nomination?: number, username?: string,
 *   integrity?: boolean, fingerprint?: boolean, extra?: Buffer[], transactionId?: Buffer}} options extra: complete attributes
 */
export function bindingRequest(
  { ufrag, password },
  {
    kind = 'request',
    useCandidate = false,
    controlled = false,
    nomination,
    username = `${ufrag}:peer`,
    integrity = true,
    fingerprint = true,
    extra = [],
    transactionId = crypto.randomBytes(12),
  } = {},
) {
  const tieBreaker = crypto.randomBytes(8);
  const attributes = [
    attribute(kAttribute.username, Buffer.from(username)),
    attribute(controlled ? kAttribute.iceControlled : kAttribute.iceControlling, tieBreaker),
    attribute(kAttribute.priority, word(0x6e0001ff)),
    ...(useCandidate ? [attribute(kAttribute.useCandidate, Buffer.alloc(0))] : []),
    ...(nomination === undefined ? [] : [attribute(kAttribute.nomination, word(nomination))]),
    ...extra,
  ];
  const header = Buffer.alloc(kHeaderSize);
  header.writeUInt16BE(kClass[kind], 0);
  header.writeUInt32BE(kMagicCookie, 4);
  transactionId.copy(header, 8);
  let message = Buffer.concat([header, ...attributes]);
  if (integrity) {
    message.writeUInt16BE(message.length - kHeaderSize + kIntegritySize, 2);
    const digest = crypto.createHmac('sha1', password).update(message).digest();
    message = Buffer.concat([message, attribute(kAttribute.messageIntegrity, digest)]);
  }
  message.writeUInt16BE(message.length - kHeaderSize + (fingerprint ? kFingerprintSize : 0), 2);
  if (fingerprint) {
    message = Buffer.concat([message, attribute(kAttribute.fingerprint, word(crc32(message) ^ kFingerprintMask))]);
  }
  return message;
}

/** Returns an attribute of any type. */
export const stunAttribute = attribute;

/** @returns {{kind: string, transactionId: string, errorCode: number?, mapped: {ip: string, port: number}?}?} null: not STUN */
export function parseStun(bytes) {
  if (bytes.length < kHeaderSize || bytes[0] > 3 || bytes.readUInt32BE(4) !== kMagicCookie) {
    return null;
  }
  const type = bytes.readUInt16BE(0);
  const kind = Object.keys(kClass).find(name => kClass[name] === type) ?? 'other';
  const message = { kind, transactionId: bytes.toString('hex', 8, kHeaderSize), errorCode: null, mapped: null };
  for (let offset = kHeaderSize; offset + 4 <= bytes.length; ) {
    const length = bytes.readUInt16BE(offset + 2);
    const value = bytes.subarray(offset + 4, offset + 4 + length);
    switch (bytes.readUInt16BE(offset)) {
      case kAttribute.errorCode:
        message.errorCode = (value[2] & 7) * 100 + value[3];
        break;
      case kAttribute.xorMappedAddress:
        message.mapped = {
          ip: [...value.subarray(4, 8)].map((byte, i) => byte ^ bytes[4 + i]).join('.'),
          port: value.readUInt16BE(2) ^ (kMagicCookie >>> 16),
        };
        break;
    }
    offset += 4 + 4 * Math.ceil(length / 4);
  }
  return message;
}
