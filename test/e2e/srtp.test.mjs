import { realTimeTest } from '../support/realTimeTest.mjs';
import { assertShowWentWell, playShow } from './support/show.mjs';

const seconds = 3;

// Suites that ffmpeg implements.
for (const cryptoSuite of ['AES_CM_128_HMAC_SHA1_80', 'AES_CM_128_HMAC_SHA1_32']) {
  realTimeTest(`SrtpTest: decrypts and encrypts ${cryptoSuite} of ffmpeg`, async () => {
    assertShowWentWell(
      await playShow({ seconds, cryptoSuite, receivers: [{ name: 'srtp', cryptoSuite }, { name: 'rtp' }] }),
    );
  });
}

// Suites that ffmpeg does not implement, between two workers.
for (const link of ['AEAD_AES_128_GCM', 'AEAD_AES_256_GCM']) {
  realTimeTest(`SrtpTest: forwards ${link} from one worker to another`, async () => {
    assertShowWentWell(await playShow({ seconds, link, receivers: [{ name: 'rtp' }] }));
  });
}
