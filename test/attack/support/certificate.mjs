// Self-signed certificates with a P-256 key (RFC 5280), of any size.
import crypto from 'node:crypto';

function der(tag, ...contents) {
  const content = Buffer.concat(contents);
  if (content.length < 0x80) {
    return Buffer.concat([Buffer.from([tag, content.length]), content]);
  }
  const bytes = [];
  for (let length = content.length; length > 0; length >>= 8) {
    bytes.unshift(length & 0xff);
  }
  return Buffer.concat([Buffer.from([tag, 0x80 | bytes.length, ...bytes]), content]);
}

const sequence = (...contents) => der(0x30, ...contents);
const kEcdsaWithSha256 = sequence(Buffer.from('06082a8648ce3d040302', 'hex'));
const kCommonName = Buffer.from('0603550403', 'hex');
const kComment = Buffer.from('06096086480186f842010d', 'hex');
const name = text => sequence(der(0x31, sequence(kCommonName, der(0x0c, Buffer.from(text)))));
const utcTime = text => der(0x17, Buffer.from(text));

/** @param {{padding?: number}} options padding: bytes of a comment extension */
export function makeCertificate({ padding = 0 } = {}) {
  const { publicKey, privateKey } = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const subject = name('attacker');
  const comment =
    padding > 0 ? [der(0xa3, sequence(sequence(kComment, der(0x04, der(0x16, Buffer.alloc(padding, 'a'))))))] : [];
  const body = sequence(
    der(0xa0, Buffer.from('020102', 'hex')),
    der(0x02, Buffer.concat([Buffer.from([1]), crypto.randomBytes(8)])),
    kEcdsaWithSha256,
    subject,
    sequence(utcTime('200101000000Z'), utcTime('491231235959Z')),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    ...comment,
  );
  const signature = crypto.sign('sha256', body, privateKey);
  const bytes = sequence(body, kEcdsaWithSha256, der(0x03, Buffer.from([0]), signature));
  const digest = crypto.createHash('sha256').update(bytes).digest('hex').toUpperCase();
  return { bytes, privateKey, fingerprint: digest.match(/../g).join(':') };
}
