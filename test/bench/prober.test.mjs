import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prober } from './compare/Prober.mjs';

test('ProberTest: sends requests at fixed times without waiting for responses', async t => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const asked = [];
  const prober = new Prober(() => new Promise((resolve, reject) => asked.push({ resolve, reject })));
  prober.start();
  t.mock.timers.tick(49);
  assert.equal(asked.length, 0);
  t.mock.timers.tick(151);
  assert.equal(asked.length, 4);
  asked[0].resolve();
  asked[1].resolve();
  asked[2].reject(new Error('closed'));
  // The last request has no response: its time is the time waited.
  const { requests, requestP50, requestMax } = await prober.stop(30);
  assert.equal(requests, 4);
  assert.ok(requestMax >= 29_000, `${requestMax}`);
  assert.ok(requestP50 < requestMax);
  t.mock.timers.tick(1000);
  assert.equal(asked.length, 4);
});
