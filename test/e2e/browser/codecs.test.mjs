import assert from 'node:assert/strict';
import { realTimeTest } from '../../support/realTimeTest.mjs';
import { camera, openRoom, screenshot, useChromium } from './support/room.mjs';
import { assertSeesAndHears } from './support/sight.mjs';

useChromium();

for (const codec of ['VP8', 'VP9', 'H264', 'AV1']) {
  realTimeTest(
    `CodecsTest: shows moving pictures and sound when another visitor publishes ${codec} and Opus`,
    async t => {
      const { enter } = await openRoom(t);
      const ann = await enter({ name: 'Ann', codec });
      const bob = await enter({ name: 'Bob', publish: 'no' });
      const { video, audio, seen } = await assertSeesAndHears(bob, 'Ann');
      assert.equal(video.codec, `video/${codec}`, seen);
      assert.equal(audio.codec, 'audio/opus', seen);
      assert.deepEqual([video.width, video.height], [camera.width, camera.height], seen);
      assert.deepEqual(ann.errors, [], 'errors on the page of the publisher');
      await screenshot(bob, `codec-${codec}`);
    },
  );
}
