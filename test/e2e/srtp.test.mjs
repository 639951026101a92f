import { realTimeTest } from '../support/realTimeTest.mjs';
import { assertShowWentWell, playShow } from './support/show.mjs';

const seconds = 3;

// What ffmpeg knows.
for (const cryptoSuite of ['AES_CM_128_HMAC_SHA1_80', 'AES_CM_128_HMAC_SHA1_32']) {
  realTimeTest(`${cryptoSuite} from the sender and to the receiver`, async () => {
    assertShowWentWell(
      await playShow({ seconds, cryptoSuite, receivers: [{ name: 'srtp', cryptoSuite }, { name: 'rtp' }] }),
    );
  });
}

// What it does not: between two workers.
for (const link of ['AEAD_AES_128_GCM', 'AEAD_AES_256_GCM']) {
  realTimeTest(`${link} from a worker to another`, async () => {
    assertShowWentWell(await playShow({ seconds, link, receivers: [{ name: 'rtp' }] }));
  });
}
