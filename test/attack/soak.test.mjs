// The soak's short form. `make soak HOURS=N` is the long one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { record } from './support/attacks.mjs';
import { kSoakCallLoss, kSoakGrowth, kSoakIdleCpu, soak } from './support/soak.mjs';

test('guests who join, leave, move, restart and change layers leave memory, descriptors and idle CPU as they were', async () => {
  const { growth, descriptors, idleCpu, sent, lost, actions } = await soak({ warmUp: 20, seconds: 30, seed: 1 });
  assert.ok(growth < kSoakGrowth, `memory grew by ${growth} bytes`);
  assert.equal(descriptors[1], descriptors[0], 'open descriptors');
  assert.ok(idleCpu < kSoakIdleCpu, `${idleCpu} s of CPU time a second`);
  assert.ok(lost <= kSoakCallLoss * sent, `the call lost ${lost} of ${sent} packets`);
  const cost = `memory +${Math.round(growth / 1024)} KiB; idle CPU ${(100 * idleCpu).toFixed(1)} %`;
  record({
    name: 'Soak, short form: guests join, leave, move, restart and change layers under 3 % loss',
    worker: 'Memory, descriptors and idle CPU end where they began',
    saw: `${actions} actions; the call lost ${lost} of ${sent}; ${cost}`,
  });
});
