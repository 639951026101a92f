import assert from 'node:assert/strict';
import { realTimeTest } from '../support/realTimeTest.mjs';
import { assertShowWentWell, playShow } from './support/show.mjs';

// Each test file has its own process, so the variable reaches no other worker. ffmpeg fills its packets but for the last of a
// frame; with this much padding, some of the last ones grow to the size of the others.
process.env.RINGCAST_GSO_PADDING = '255';

realTimeTest('GsoPaddingTest: delivers every picture when packets are padded for GSO', async () => {
  const show = await playShow({});
  assertShowWentWell(show);
  const { egress } = show.dumps[0];
  assert.ok(egress.paddedPackets > 0, `padded: ${egress.paddedPackets}`);
  assert.ok(egress.paddingBytes >= egress.paddedPackets && egress.paddingBytes <= 255 * egress.paddedPackets);
});
