import assert from 'node:assert/strict';
import { realTimeTest } from '../support/realTimeTest.mjs';
import { assertShowWentWell, playShow } from './support/show.mjs';

// This file's tests have a process of their own, so the variable reaches no other test's worker. ffmpeg fills its packets
// and leaves the last of a frame as short as it comes: with this much padding some of them are made whole.
process.env.RINGCAST_GSO_PADDING = '255';

realTimeTest('with packets padded to the size of their neighbours, three receivers decode every picture', async () => {
  const show = await playShow({});
  assertShowWentWell(show);
  const { egress } = show.dumps[0];
  assert.ok(egress.paddedPackets > 0, `padded: ${egress.paddedPackets}`);
  assert.ok(egress.paddingBytes >= egress.paddedPackets && egress.paddingBytes <= 255 * egress.paddedPackets);
});
