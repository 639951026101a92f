import assert from 'node:assert/strict';
import { realTimeTest } from '../../support/realTimeTest.mjs';
import { openRoom, screenshot, useChromium } from './support/room.mjs';
import { assertSeesAndHears } from './support/sight.mjs';
import { until } from './support/until.mjs';

useChromium();

// One second of pictures.
const kFrames = 15;
// Half a second passes for a hiccup; Chromium's checks of candidate pairs take no longer.
const kLongestStall = 1000;

const cases = [
  { name: 'over UDP, both by one port', options: {}, protocol: 'udp', ports: 1 },
  { name: 'over TCP alone, both by one port', options: { enableUdp: false }, protocol: 'tcp', ports: 1 },
  { name: 'over UDP, each transport by a port of its own', options: { ownPorts: true }, protocol: 'udp', ports: 2 },
  {
    name: 'over TCP alone, each transport by a port of its own',
    options: { ownPorts: true, enableUdp: false },
    protocol: 'tcp',
    ports: 2,
  },
  { name: 'over IPv6', options: { ip: '::1' }, protocol: 'udp', ports: 1 },
  { name: 'over IPv6 and TCP', options: { ip: '::1', enableUdp: false }, protocol: 'tcp', ports: 1 },
];

for (const { name, options, protocol, ports } of cases) {
  realTimeTest(`TransportsTest: shows and plays what another visitor publishes ${name}`, async t => {
    const { conference, enter } = await openRoom(t, options);
    await enter({ name: 'Ann' });
    const bob = await enter({ name: 'Bob', publish: 'no' });
    const { video, audio, seen } = await assertSeesAndHears(bob, 'Ann');
    assert.deepEqual([video.protocol, audio.protocol], [protocol, protocol], seen);
    const tuples = conference.peers
      .flatMap(peer => peer.transports)
      .map(transport => transport.iceSelectedTuple)
      .filter(Boolean);
    const details = JSON.stringify(tuples);
    assert.ok(tuples.length >= 2, details);
    for (const tuple of tuples) {
      assert.equal(tuple.protocol, protocol, details);
      assert.equal(tuple.localAddress ?? tuple.localIp, options.ip ?? '127.0.0.1', details);
    }
    assert.equal(new Set(tuples.map(tuple => tuple.localPort)).size, ports === 1 ? 1 : tuples.length, details);
    await screenshot(bob, `transport-${protocol}-${ports}${options.ip ? '-ipv6' : ''}`);
  });
}

/** Returns the longest time between two pictures of `name`, from the start of `work` until a second of pictures after it. */
async function longestStall(visitor, name, work) {
  await visitor.page.evaluate(label => {
    const video = document.querySelector(`video[aria-label="${label}"]`);
    const watch = { frames: 0, longest: 0, last: performance.now() };
    const onFrame = now => {
      watch.longest = Math.max(watch.longest, now - watch.last);
      watch.last = now;
      ++watch.frames;
      video.requestVideoFrameCallback(onFrame);
    };
    video.requestVideoFrameCallback(onFrame);
    globalThis.watch = watch;
  }, `Picture of ${name}`);
  const look = () =>
    visitor.page.evaluate(() => {
      const { frames, longest, last } = globalThis.watch;
      return { frames, longest: Math.max(longest, performance.now() - last) };
    });
  await work();
  const { frames } = await look();
  return (await until(`pictures of ${name} go on`, look, seen => seen.frames >= frames + kFrames)).longest;
}

/** Returns the remote ufrag of the selected candidate pair of the visitor's transport. */
function remoteUfrag(visitor, streams) {
  return visitor.page.evaluate(async which => {
    const report = [...(await globalThis.room.call[which][0].getStats()).values()];
    const transport = report.find(({ type }) => type === 'transport');
    const pair = report.find(({ id }) => id === transport.selectedCandidatePairId);
    return report.find(({ id }) => id === pair?.remoteCandidateId)?.usernameFragment;
  }, streams);
}

for (const { who, direction, streams } of [
  { who: 'the one who watches', direction: 'receive', streams: 'consumers' },
  { who: 'the one who publishes', direction: 'send', streams: 'producers' },
]) {
  for (const protocol of ['udp', 'tcp']) {
    realTimeTest(`TransportsTest: keeps showing pictures when ${who} restarts ICE over ${protocol}`, async t => {
      const { enter } = await openRoom(t, { enableUdp: protocol === 'udp' });
      const ann = await enter({ name: 'Ann' });
      const bob = await enter({ name: 'Bob', publish: 'no' });
      await assertSeesAndHears(bob, 'Ann');
      const restarting = direction === 'receive' ? bob : ann;
      const before = await remoteUfrag(restarting, streams);
      assert.ok(before, 'no ufrag before');
      const stall = await longestStall(bob, 'Ann', async () => {
        await restarting.page.evaluate(way => globalThis.room.call.restartIce(way), direction);
        await until(
          'the pair with the new ufrag is selected',
          () => remoteUfrag(restarting, streams),
          now => now && now !== before,
        );
      });
      assert.ok(stall <= kLongestStall, `the picture stood still for ${stall.toFixed(0)} ms`);
      const { states, seen } = await assertSeesAndHears(bob, 'Ann');
      assert.equal(states.receive, 'connected', seen);
    });
  }
}
