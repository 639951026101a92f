// Checks the attackers' own protocols against the RFCs: an attack with a broken implementation would show nothing.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { nackRange, nackedNumbers, rtcpPackets } from './support/rtcp.mjs';
import { deriveKey, SrtpContext } from './support/srtp.mjs';
import { bindingRequest, parseStun } from './support/stun.mjs';

const hex = text => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

describe('SRTP of the attackers', () => {
  test('derives the session keys of RFC 3711, appendix B.3', () => {
    const key = hex('E1F97A0D3E018BE0D64FA32C06DE4139');
    const salt = hex('0EC675AD498AFEEBB6960B3AABE6');
    assert.deepEqual(deriveKey(key, salt, 0, 16), hex('C61E7A93744F39EE10734AFE3FF7A087'));
    assert.deepEqual(deriveKey(key, salt, 1, 20), hex('CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4'));
    assert.deepEqual(deriveKey(key, salt, 2, 14), hex('30CBBC08863D8C85D49DB34A9AE1'));
  });

  test('protects the packets of RFC 7714, sections 16.1.1 and 17.1', () => {
    const rtp = hex(
      '8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f 6d6e6973 20646976 69736120 696e2070 61727465 73207472 6573',
    );
    const rtcp = hex(
      '81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61 deadbeef deadbeef deadbeef deadbeef deadbeef',
    );
    const context = new SrtpContext('AEAD_AES_128_GCM', null, {
      key: hex('000102030405060708090a0b0c0d0e0f'),
      salt: hex('517569642070726f2071756f'),
    });
    assert.deepEqual(
      context.protectRtp(rtp),
      hex(
        '8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f 42a5f47a 51c7d19b 36de3adf ' +
          '8833899d 7f27beb1 6a9152cf 765ee439 0cce',
      ),
    );
    assert.deepEqual(
      context.protectRtcp(rtcp, { index: 0x5d4 }),
      hex(
        '81c8000d 4d617273 63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d c676a5f1 730d6fda 4ce09b46 86303ded ' +
          '0bb9275b c84aa458 96cf4d2f c5abf872 45d9eade 800005d4',
      ),
    );
  });

  for (const [suite, size] of [
    ['AES_CM_128_HMAC_SHA1_80', 30],
    ['AEAD_AES_128_GCM', 28],
    ['AEAD_AES_256_GCM', 44],
  ]) {
    test(`${suite}: what one end protects the other opens, over a rollover, and nothing that was changed`, () => {
      const keys = Buffer.alloc(size, 7);
      const [sender, receiver] = [new SrtpContext(suite, keys), new SrtpContext(suite, keys)];
      for (const number of [0xfffe, 0xffff, 0, 1]) {
        const packet = Buffer.concat([Buffer.from([0x80, 96]), Buffer.alloc(60, number)]);
        packet.writeUInt16BE(number, 2);
        const sealed = sender.protectRtp(packet);
        assert.deepEqual(receiver.unprotectRtp(sealed), packet);
        sealed[20] ^= 1;
        assert.equal(receiver.unprotectRtp(sealed), null);
      }
      const report = nackRange(1, 2, 3, 20);
      assert.deepEqual(receiver.unprotectRtcp(sender.protectRtcp(report)), report);
    });
  }
});

test('a binding request says its length and what it is', () => {
  const credentials = { ufrag: 'evtj', password: 'VOkJxbRl1RmTxUk/WvJxBt' };
  const transactionId = hex('b7e7a701bc34d686fa87dfae');
  const request = bindingRequest(credentials, { transactionId, username: 'evtj:h6vY', useCandidate: true });
  assert.equal(request.readUInt16BE(2), request.length - 20);
  assert.deepEqual(parseStun(request), {
    kind: 'request',
    transactionId: 'b7e7a701bc34d686fa87dfae',
    errorCode: null,
    mapped: null,
  });
});

test('a NACK of a range names each number of it once', () => {
  for (const count of [1, 16, 17, 18, 34, 60]) {
    const [packet] = rtcpPackets(nackRange(1, 2, 0xfffa, count));
    const expected = Array.from({ length: count }, (_, i) => (0xfffa + i) & 0xffff);
    assert.deepEqual(nackedNumbers(packet), expected);
  }
});
