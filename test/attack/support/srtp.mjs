// SRTP and SRTCP of a peer (RFC 3711, RFC 7714). The caller may choose the index.
import crypto from 'node:crypto';

const kRtcpEncrypted = 0x80000000;
const kIndexSize = 4;
const kFixedHeader = 12;
const kRtcpHeader = 8;

const suites = {
  AES_CM_128_HMAC_SHA1_80: { keySize: 16, saltSize: 14, tagSize: 10, gcm: false },
  AEAD_AES_128_GCM: { keySize: 16, saltSize: 12, tagSize: 16, gcm: true },
  AEAD_AES_256_GCM: { keySize: 32, saltSize: 12, tagSize: 16, gcm: true },
};

/** Returns the sizes of the suite's master key and salt. */
export function masterSizes(suite) {
  const { keySize, saltSize } = suites[suite];
  return { keySize, saltSize, size: keySize + saltSize };
}

/** Returns `input` XOR the key stream of AES in counter mode that starts at `block`. */
function counterMode(key, block, input) {
  const cipher = crypto.createCipheriv(`aes-${key.length * 8}-ctr`, key, block);
  return Buffer.concat([cipher.update(input), cipher.final()]);
}

/** RFC 3711, section 4.3.1, with a key derivation rate of 0: PRF(master key, label XOR salt). */
export function deriveKey(masterKey, masterSalt, label, size) {
  const block = Buffer.alloc(16);
  // A salt of 96 bits is used as if it had 16 zero bits behind it (RFC 7714, section 11).
  masterSalt.copy(block);
  block[7] ^= label;
  return counterMode(masterKey, block, Buffer.alloc(size));
}

function sessionKeys(suite, masterKey, masterSalt, firstLabel) {
  const { keySize, saltSize } = suites[suite];
  return {
    key: deriveKey(masterKey, masterSalt, firstLabel, keySize),
    auth: deriveKey(masterKey, masterSalt, firstLabel + 1, 20),
    salt: deriveKey(masterKey, masterSalt, firstLabel + 2, saltSize),
  };
}

/** RFC 3711, section 4.1.1: (salt * 2^16) XOR (SSRC * 2^64) XOR (index * 2^16). */
function counterBlock(salt, ssrc, index) {
  const block = Buffer.alloc(16);
  salt.copy(block);
  block.writeUInt32BE((block.readUInt32BE(4) ^ ssrc) >>> 0, 4);
  const indexBytes = Buffer.alloc(8);
  indexBytes.writeBigUInt64BE(BigInt(index));
  for (let i = 0; i < 6; ++i) {
    block[8 + i] ^= indexBytes[2 + i];
  }
  return block;
}

/** RFC 7714, sections 8.1 and 9.1: two zero bytes, SSRC, then the index in 6 bytes, XOR salt. */
function gcmNonce(salt, ssrc, index) {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(ssrc >>> 0, 2);
  nonce.writeUIntBE(index, 6, 6);
  return Buffer.from(nonce.map((byte, i) => byte ^ salt[i]));
}

/** Returns the offset of an RTP packet's payload. */
function rtpHeaderSize(packet) {
  let size = kFixedHeader + 4 * (packet[0] & 0x0f);
  if (packet[0] & 0x10) {
    size += 4 + 4 * packet.readUInt16BE(size + 2);
  }
  return size;
}

const wordBuffer = value => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
};

/** One direction of a session. */
export class SrtpContext {
  #suite;
  #rtp;
  #rtcp;
  #rtcpIndex = 0;
  #last = new Map(); // by ssrc: the highest index

  /** `fixedKeys`: { key, salt } of the session instead of derived ones, as the examples of RFC 7714 give them. */
  constructor(suite, masterKeyAndSalt, fixedKeys = null) {
    this.#suite = suites[suite];
    if (fixedKeys) {
      this.#rtp = fixedKeys;
      this.#rtcp = fixedKeys;
      return;
    }
    const { keySize, size } = masterSizes(suite);
    const masterKey = masterKeyAndSalt.subarray(0, keySize);
    const masterSalt = masterKeyAndSalt.subarray(keySize, size);
    this.#rtp = sessionKeys(suite, masterKey, masterSalt, 0);
    this.#rtcp = sessionKeys(suite, masterKey, masterSalt, 3);
  }

  /** `rolloverCounter`: used instead of the estimate. */
  protectRtp(packet, { rolloverCounter } = {}) {
    const ssrc = packet.readUInt32BE(8);
    const index = this.#index(ssrc, packet.readUInt16BE(2), rolloverCounter);
    const headerSize = rtpHeaderSize(packet);
    const header = packet.subarray(0, headerSize);
    const payload = packet.subarray(headerSize);
    if (this.#suite.gcm) {
      return Buffer.concat([header, this.#seal(this.#rtp, ssrc, index, header, payload)]);
    }
    const encrypted = counterMode(this.#rtp.key, counterBlock(this.#rtp.salt, ssrc, index), payload);
    const authenticated = Buffer.concat([header, encrypted]);
    const tag = this.#tag(this.#rtp, authenticated, wordBuffer(Math.floor(index / 0x10000)));
    return Buffer.concat([authenticated, tag]);
  }

  /** @returns {Buffer | null} null: it is not authentic */
  unprotectRtp(packet) {
    const ssrc = packet.readUInt32BE(8);
    const index = this.#index(ssrc, packet.readUInt16BE(2));
    const headerSize = rtpHeaderSize(packet);
    const header = packet.subarray(0, headerSize);
    if (this.#suite.gcm) {
      const payload = this.#open(this.#rtp, ssrc, index, header, packet.subarray(headerSize));
      return payload && Buffer.concat([header, payload]);
    }
    const end = packet.length - this.#suite.tagSize;
    const tag = this.#tag(this.#rtp, packet.subarray(0, end), wordBuffer(Math.floor(index / 0x10000)));
    if (!tag.equals(packet.subarray(end))) {
      return null;
    }
    const block = counterBlock(this.#rtp.salt, ssrc, index);
    return Buffer.concat([header, counterMode(this.#rtp.key, block, packet.subarray(headerSize, end))]);
  }

  /** `index`: 31 bits, used instead of the next one. */
  protectRtcp(compound, { index = this.#rtcpIndex++ } = {}) {
    const ssrc = compound.readUInt32BE(4);
    const trailer = wordBuffer(kRtcpEncrypted + index);
    const header = compound.subarray(0, kRtcpHeader);
    const payload = compound.subarray(kRtcpHeader);
    if (this.#suite.gcm) {
      const sealed = this.#seal(this.#rtcp, ssrc, index, Buffer.concat([header, trailer]), payload);
      return Buffer.concat([header, sealed, trailer]);
    }
    const encrypted = counterMode(this.#rtcp.key, counterBlock(this.#rtcp.salt, ssrc, index), payload);
    const authenticated = Buffer.concat([header, encrypted, trailer]);
    return Buffer.concat([authenticated, this.#tag(this.#rtcp, authenticated)]);
  }

  /** @returns {Buffer | null} null: it is not authentic */
  unprotectRtcp(packet) {
    const ssrc = packet.readUInt32BE(4);
    const header = packet.subarray(0, kRtcpHeader);
    if (this.#suite.gcm) {
      const trailer = packet.subarray(packet.length - kIndexSize);
      const index = trailer.readUInt32BE(0) & ~kRtcpEncrypted;
      const sealed = packet.subarray(kRtcpHeader, packet.length - kIndexSize);
      const payload = this.#open(this.#rtcp, ssrc, index, Buffer.concat([header, trailer]), sealed);
      return payload && Buffer.concat([header, payload]);
    }
    const end = packet.length - this.#suite.tagSize;
    if (!this.#tag(this.#rtcp, packet.subarray(0, end)).equals(packet.subarray(end))) {
      return null;
    }
    const index = packet.readUInt32BE(end - kIndexSize) & ~kRtcpEncrypted;
    const block = counterBlock(this.#rtcp.salt, ssrc, index);
    const payload = counterMode(this.#rtcp.key, block, packet.subarray(kRtcpHeader, end - kIndexSize));
    return Buffer.concat([header, payload]);
  }

  /** Estimates the packet index (RFC 3711, section 3.3.1). */
  #index(ssrc, sequenceNumber, rolloverCounter) {
    if (rolloverCounter !== undefined) {
      return rolloverCounter * 0x10000 + sequenceNumber;
    }
    const last = this.#last.get(ssrc);
    if (last === undefined) {
      this.#last.set(ssrc, sequenceNumber);
      return sequenceNumber;
    }
    const difference = ((sequenceNumber - last) << 16) >> 16;
    const index = Math.max(last + difference, sequenceNumber);
    this.#last.set(ssrc, Math.max(last, index));
    return index;
  }

  #tag({ auth }, ...parts) {
    const hmac = crypto.createHmac('sha1', auth);
    parts.forEach(part => hmac.update(part));
    return hmac.digest().subarray(0, this.#suite.tagSize);
  }

  #seal({ key, salt }, ssrc, index, associated, payload) {
    const cipher = crypto.createCipheriv(`aes-${key.length * 8}-gcm`, key, gcmNonce(salt, ssrc, index));
    cipher.setAAD(associated);
    return Buffer.concat([cipher.update(payload), cipher.final(), cipher.getAuthTag()]);
  }

  #open({ key, salt }, ssrc, index, associated, sealed) {
    const end = sealed.length - this.#suite.tagSize;
    const cipher = crypto.createDecipheriv(`aes-${key.length * 8}-gcm`, key, gcmNonce(salt, ssrc, index));
    cipher.setAAD(associated);
    cipher.setAuthTag(sealed.subarray(end));
    try {
      return Buffer.concat([cipher.update(sealed.subarray(0, end)), cipher.final()]);
    } catch {
      return null;
    }
  }
}
