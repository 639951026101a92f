// Ends the streams of a receiving ffmpeg, which then decodes the rest and exits; no signal makes it do so while it waits for
// packets. Sends an RTCP compound packet of an empty receiver report and a BYE (RFC 3550, sections 6.4.2 and 6.6), encrypted if
// the streams are (RFC 3711, section 3.4).
import crypto from 'node:crypto';
import dgram from 'node:dgram';

const kVersion = 0x80;
const kReceiverReport = 201;
const kBye = 203;
const kHeaderSize = 8;

function byePacket(ssrc) {
  const packet = Buffer.alloc(16);
  packet.set([kVersion, kReceiverReport, 0, 1], 0);
  packet.writeUInt32BE(ssrc, 4);
  packet.set([kVersion | 1, kBye, 0, 1], 8);
  packet.writeUInt32BE(ssrc, 12);
  return packet;
}

/** Encrypts with AES in counter mode, with the initial counter block of RFC 3711, section 4.1.1. */
function aesCounterMode(key, counterBlock, data) {
  const cipher = crypto.createCipheriv('aes-128-ctr', key, counterBlock);
  return Buffer.concat([cipher.update(data), cipher.final()]);
}

/** Derives a key (RFC 3711, section 4.3). With a key derivation rate of 0, only the label enters the counter block. */
function deriveKey(masterKey, masterSalt, label, length) {
  const counterBlock = Buffer.alloc(16);
  masterSalt.copy(counterBlock);
  counterBlock[7] ^= label;
  return aesCounterMode(masterKey, counterBlock, Buffer.alloc(length));
}

/**
 * Protects SRTCP with AES_CM_128_HMAC_SHA1_80. AES_CM_128_HMAC_SHA1_32 shortens the tag of SRTP only (RFC 4568, section 6.2), so
 * this is right for both.
 */
export function protectRtcp(packet, keyBase64, index) {
  const master = Buffer.from(keyBase64, 'base64');
  const masterKey = master.subarray(0, 16);
  const masterSalt = master.subarray(16, 30);
  const encryptionKey = deriveKey(masterKey, masterSalt, 3, 16);
  const authenticationKey = deriveKey(masterKey, masterSalt, 4, 20);
  const counterBlock = Buffer.alloc(16);
  deriveKey(masterKey, masterSalt, 5, 14).copy(counterBlock);
  for (let i = 0; i < 4; ++i) {
    counterBlock[4 + i] ^= packet[4 + i];
    counterBlock[10 + i] ^= (index >>> (24 - 8 * i)) & 0xff;
  }
  const trailer = Buffer.alloc(4);
  trailer.writeUInt32BE((0x80000000 | index) >>> 0);
  const authenticated = Buffer.concat([
    packet.subarray(0, kHeaderSize),
    aesCounterMode(encryptionKey, counterBlock, packet.subarray(kHeaderSize)),
    trailer,
  ]);
  const tag = crypto.createHmac('sha1', authenticationKey).update(authenticated).digest().subarray(0, 10);
  return Buffer.concat([authenticated, tag]);
}

/** @param {{ip: string, media: Array<{port: number, srtp?: {keyBase64: string}}>}} receiver */
export async function sayBye({ ip, media }) {
  const socket = dgram.createSocket(ip.includes(':') ? 'udp6' : 'udp4');
  // Another ssrc, so that its SRTCP index cannot collide with one that the receiver has seen.
  const ssrc = crypto.randomInt(1, 0x7fffffff);
  try {
    for (const { port, srtp } of media) {
      const packet = srtp ? protectRtcp(byePacket(ssrc), srtp.keyBase64, 1) : byePacket(ssrc);
      await new Promise((resolve, reject) => {
        socket.send(packet, port + 1, ip, error => (error ? reject(error) : resolve()));
      });
    }
  } finally {
    socket.close();
  }
}
