// A DTLS 1.2 client with use_srtp (RFC 6347, RFC 5764). It supports ECDHE-ECDSA-AES128-GCM-SHA256 with X25519 and the extended
// master secret, and follows the RFCs unless an option says otherwise.
import crypto from 'node:crypto';
import { masterSizes, SrtpContext } from './srtp.mjs';

const kVersion = 0xfefd;
const kRecordHeader = 13;
const kHandshakeHeader = 12;
export const kContent = { changeCipherSpec: 20, alert: 21, handshake: 22, applicationData: 23 };
export const kAlert = {
  closeNotify: 0,
  unexpectedMessage: 10,
  handshakeFailure: 40,
  badCertificate: 42,
  internalError: 80,
};
const kHandshake = {
  clientHello: 1,
  serverHello: 2,
  certificate: 11,
  serverKeyExchange: 12,
  certificateRequest: 13,
  serverHelloDone: 14,
  certificateVerify: 15,
  clientKeyExchange: 16,
  finished: 20,
};
const kCipherSuite = 0xc02b;
const kEcdsaSha256 = 0x0403;
const kX25519 = 29;
const kP256 = 23;
const kFragment = 1100;
const kRetransmitMs = 300;
const kProfiles = { 0x0007: 'AEAD_AES_128_GCM', 0x0008: 'AEAD_AES_256_GCM', 0x0001: 'AES_CM_128_HMAC_SHA1_80' };

const u8 = value => Buffer.from([value]);
const u16 = value => Buffer.from([(value >> 8) & 0xff, value & 0xff]);
const u24 = value => Buffer.from([(value >> 16) & 0xff, (value >> 8) & 0xff, value & 0xff]);
const vector = (lengthOf, ...parts) => {
  const content = Buffer.concat(parts);
  return Buffer.concat([lengthOf(content.length), content]);
};

/** The PRF of RFC 5246, section 5, with SHA-256. */
function pseudoRandom(secret, label, seed, size) {
  const hmac = data => crypto.createHmac('sha256', secret).update(data).digest();
  const labelled = Buffer.concat([Buffer.from(label), seed]);
  let a = labelled;
  let out = Buffer.alloc(0);
  while (out.length < size) {
    a = hmac(a);
    out = Buffer.concat([out, hmac(Buffer.concat([a, labelled]))]);
  }
  return out.subarray(0, size);
}

const x25519 = bytes =>
  crypto.createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x: bytes.toString('base64url') }, format: 'jwk' });

/** Returns an unencrypted record. */
export function plainRecord(type, content, { epoch = 0, number = 0, version = kVersion } = {}) {
  const header = Buffer.alloc(kRecordHeader);
  header[0] = type;
  header.writeUInt16BE(version, 1);
  header.writeUInt16BE(epoch, 3);
  header.writeUIntBE(number, 5, 6);
  header.writeUInt16BE(content.length, 11);
  return Buffer.concat([header, content]);
}

export const alertContent = (level, description) => Buffer.from([level, description]);

/** Returns the body of a ClientHello. */
export function clientHelloBody({
  random = crypto.randomBytes(32),
  cipherSuites = [kCipherSuite],
  profiles = [0x0007],
  session = Buffer.alloc(0),
} = {}) {
  const extension = (type, ...content) => Buffer.concat([u16(type), vector(u16, ...content)]);
  return Buffer.concat([
    u16(kVersion),
    random,
    vector(u8, session),
    vector(u8), // cookie
    vector(u16, ...cipherSuites.map(u16)),
    vector(u8, u8(0)), // compression: none
    vector(
      u16,
      // The certificates are on P-256; the key exchange uses the first group.
      extension(10, vector(u16, u16(kX25519), u16(kP256))),
      extension(11, vector(u8, u8(0))),
      extension(13, vector(u16, u16(kEcdsaSha256))),
      extension(14, vector(u16, ...profiles.map(u16)), u8(0)),
      extension(23),
      extension(0xff01, u8(0)),
    ),
  ]);
}

/** Returns the fragments of a handshake message, each with its header (RFC 6347, section 4.2.2). */
export function handshakeFragments(type, sequence, body, size = kFragment) {
  const fragments = [];
  let offset = 0;
  do {
    const part = body.subarray(offset, offset + size);
    fragments.push(Buffer.concat([u8(type), u24(body.length), u16(sequence), u24(offset), u24(part.length), part]));
    offset += part.length;
  } while (offset < body.length);
  return fragments;
}

/** Returns a datagram with a ClientHello. */
export function clientHelloDatagram(options) {
  const [fragment] = handshakeFragments(kHandshake.clientHello, 0, clientHelloBody(options));
  return plainRecord(kContent.handshake, fragment);
}

export class DtlsClient {
  #send;
  #options;
  #random = crypto.randomBytes(32);
  #serverRandom;
  #own = crypto.generateKeyPairSync('x25519');
  #transcript = [];
  #nextSend = 0; // message_seq
  #nextReceive = 0;
  #fragments = new Map();
  #recordNumber = [0, 0];
  #keys = null;
  #master;
  #profile;
  #flight = [];
  #timer = null;
  #resolve;

  /**
   * @param {(datagram: Buffer) => void} send
   * @param {{certificate: object, fragment?: number, shuffle?: boolean, profiles?: number[], stopAfterHello?: boolean}} options
   *   fragment: bytes of a handshake message in a record; shuffle: send a flight's datagrams in random order;
   *   stopAfterHello: do not answer the server
   */
  constructor(send, options) {
    this.#send = send;
    this.#options = { fragment: kFragment, shuffle: false, profiles: [0x0007], stopAfterHello: false, ...options };
    /** Resolves to 'connected', or to 'alert N' if the server sent one. */
    this.outcome = new Promise(resolve => (this.#resolve = resolve));
    this.connected = false;
    this.closed = false;
    this.started = false;
  }

  start() {
    this.started = true;
    const body = clientHelloBody({ random: this.#random, profiles: this.#options.profiles });
    this.#flight = this.#write(kHandshake.clientHello, body);
    this.#transmit();
  }

  /** Stops sending and retransmitting. */
  stop() {
    clearTimeout(this.#timer);
    this.closed = true;
  }

  /** Returns the SRTP contexts { outbound, inbound } of the connected association (RFC 5764, section 4.2). */
  srtp() {
    const suite = kProfiles[this.#profile];
    const { keySize, saltSize } = masterSizes(suite);
    const seed = Buffer.concat([this.#random, this.#serverRandom]);
    const material = pseudoRandom(this.#master, 'EXTRACTOR-dtls_srtp', seed, 2 * (keySize + saltSize));
    const part = (from, size) => material.subarray(from, from + size);
    const keyOf = side => Buffer.concat([part(side * keySize, keySize), part(2 * keySize + side * saltSize, saltSize)]);
    return { outbound: new SrtpContext(suite, keyOf(0)), inbound: new SrtpContext(suite, keyOf(1)) };
  }

  /** Returns an encrypted record (epoch 1). */
  sealed(type, content) {
    const number = this.#recordNumber[1]++;
    const explicit = Buffer.alloc(8);
    explicit.writeUInt16BE(1, 0);
    explicit.writeUIntBE(number, 2, 6);
    const associated = Buffer.concat([explicit, u8(type), u16(kVersion), u16(content.length)]);
    const nonce = Buffer.concat([this.#keys.clientIv, explicit]);
    const cipher = crypto.createCipheriv('aes-128-gcm', this.#keys.clientKey, nonce);
    cipher.setAAD(associated);
    const body = Buffer.concat([explicit, cipher.update(content), cipher.final(), cipher.getAuthTag()]);
    return plainRecord(type, body, { epoch: 1, number });
  }

  /** Sends an encrypted ClientHello (RFC 5246, section 7.4.1.2). */
  renegotiate() {
    const fragments = handshakeFragments(kHandshake.clientHello, this.#nextSend++, clientHelloBody());
    fragments.forEach(fragment => this.#send(this.sealed(kContent.handshake, fragment)));
  }

  /** Handles a datagram from the server. */
  receive(datagram) {
    for (let offset = 0; offset + kRecordHeader <= datagram.length; ) {
      const end = offset + kRecordHeader + datagram.readUInt16BE(offset + 11);
      this.#onRecord(datagram.subarray(offset, end));
      offset = end;
    }
  }

  #onRecord(record) {
    const type = record[0];
    const epoch = record.readUInt16BE(3);
    const content = epoch === 0 ? record.subarray(kRecordHeader) : this.#open(record);
    if (!content || !this.started || this.closed) {
      return;
    }
    if (type === kContent.alert) {
      this.stop();
      this.#resolve(`alert ${content[1]}`);
    } else if (type === kContent.handshake && !this.#options.stopAfterHello) {
      this.#onFragments(content);
    }
  }

  #open(record) {
    if (!this.#keys) {
      return null;
    }
    const body = record.subarray(kRecordHeader);
    const explicit = body.subarray(0, 8);
    const end = body.length - 16;
    const associated = Buffer.concat([record.subarray(3, 11), record.subarray(0, 3), u16(end - 8)]);
    const nonce = Buffer.concat([this.#keys.serverIv, explicit]);
    const cipher = crypto.createDecipheriv('aes-128-gcm', this.#keys.serverKey, nonce);
    cipher.setAAD(associated);
    cipher.setAuthTag(body.subarray(end));
    try {
      return Buffer.concat([cipher.update(body.subarray(8, end)), cipher.final()]);
    } catch {
      return null;
    }
  }

  #onFragments(content) {
    for (let offset = 0; offset + kHandshakeHeader <= content.length; ) {
      const type = content[offset];
      const length = content.readUIntBE(offset + 1, 3);
      const sequence = content.readUInt16BE(offset + 4);
      const from = content.readUIntBE(offset + 6, 3);
      const size = content.readUIntBE(offset + 9, 3);
      const bytes = content.subarray(offset + kHandshakeHeader, offset + kHandshakeHeader + size);
      offset += kHandshakeHeader + size;
      if (sequence < this.#nextReceive) {
        continue;
      }
      const message = this.#fragments.get(sequence) ?? { type, body: Buffer.alloc(length), have: new Set() };
      this.#fragments.set(sequence, message);
      bytes.copy(message.body, from);
      message.have.add(`${from}+${size}`);
      message.bytes = [...message.have].reduce((sum, text) => sum + Number(text.split('+')[1]), 0);
    }
    for (;;) {
      const message = this.#fragments.get(this.#nextReceive);
      if (!message || message.bytes < message.body.length) {
        return;
      }
      this.#fragments.delete(this.#nextReceive++);
      this.#onMessage(message.type, message.body, this.#nextReceive - 1);
    }
  }

  #onMessage(type, body, sequence) {
    switch (type) {
      case kHandshake.serverHello:
        this.#serverRandom = Buffer.from(body.subarray(2, 34));
        this.#profile = this.#srtpProfileOf(body);
        break;
      case kHandshake.serverKeyExchange:
        // curve type, named curve, length of the point
        this.#keys = { serverPoint: Buffer.from(body.subarray(4, 4 + body[3])) };
        break;
      case kHandshake.finished:
        clearTimeout(this.#timer);
        this.connected = true;
        this.#resolve('connected');
        return;
    }
    this.#remember(type, sequence, body);
    if (type === kHandshake.serverHelloDone) {
      this.#answer();
    }
  }

  #srtpProfileOf(serverHello) {
    let offset = 35 + serverHello[34] + 3 + 2;
    while (offset + 4 <= serverHello.length) {
      const type = serverHello.readUInt16BE(offset);
      if (type === 14) {
        return serverHello.readUInt16BE(offset + 6);
      }
      offset += 4 + serverHello.readUInt16BE(offset + 2);
    }
    return null;
  }

  #remember(type, sequence, body) {
    this.#transcript.push(Buffer.concat([u8(type), u24(body.length), u16(sequence), u24(0), u24(body.length), body]));
  }

  #hash() {
    return crypto.createHash('sha256').update(Buffer.concat(this.#transcript)).digest();
  }

  /** Returns functions that make the records of a handshake message. Each transmission needs new record numbers. */
  #write(type, body) {
    const sequence = this.#nextSend++;
    this.#remember(type, sequence, body);
    return handshakeFragments(type, sequence, body, this.#options.fragment).map(
      fragment => () => this.#plain(kContent.handshake, fragment),
    );
  }

  #plain(type, content) {
    return plainRecord(type, content, { number: this.#recordNumber[0]++ });
  }

  #answer() {
    const { certificate } = this.#options;
    const publicKey = Buffer.from(this.#own.publicKey.export({ format: 'jwk' }).x, 'base64url');
    const records = [
      ...this.#write(kHandshake.certificate, vector(u24, vector(u24, certificate.bytes))),
      ...this.#write(kHandshake.clientKeyExchange, vector(u8, publicKey)),
    ];
    this.#deriveKeys();
    const signature = crypto.sign('sha256', Buffer.concat(this.#transcript), certificate.privateKey);
    records.push(
      ...this.#write(kHandshake.certificateVerify, Buffer.concat([u16(kEcdsaSha256), vector(u16, signature)])),
      () => this.#plain(kContent.changeCipherSpec, u8(1)),
    );
    const verify = pseudoRandom(this.#master, 'client finished', this.#hash(), 12);
    const [finished] = handshakeFragments(kHandshake.finished, this.#nextSend++, verify);
    this.#flight = [...records, () => this.sealed(kContent.handshake, finished)];
    this.#transmit();
  }

  #deriveKeys() {
    const { serverPoint } = this.#keys;
    const secret = crypto.diffieHellman({ privateKey: this.#own.privateKey, publicKey: x25519(serverPoint) });
    this.#master = pseudoRandom(secret, 'extended master secret', this.#hash(), 48);
    const seed = Buffer.concat([this.#serverRandom, this.#random]);
    const block = pseudoRandom(this.#master, 'key expansion', seed, 40);
    this.#keys = {
      clientKey: block.subarray(0, 16),
      serverKey: block.subarray(16, 32),
      clientIv: block.subarray(32, 36),
      serverIv: block.subarray(36, 40),
    };
  }

  #transmit() {
    clearTimeout(this.#timer);
    const flight = [...this.#flight];
    if (this.#options.shuffle) {
      flight.sort(() => Math.random() - 0.5);
    }
    flight.forEach(record => this.#send(record()));
    if (!this.#options.stopAfterHello) {
      this.#timer = setTimeout(() => this.#transmit(), kRetransmitMs);
    }
  }
}
