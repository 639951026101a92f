// Data channels between two Chromiums.
import assert from 'node:assert/strict';
import { realTimeTest } from '../../support/realTimeTest.mjs';
import { openRoom, screenshot, useChromium } from './support/room.mjs';
import { until } from './support/until.mjs';

useChromium();

/** Waits until `look` returns something true. */
const holds = (look, what) => until(what, look, Boolean);

const kMessages = 1000;
// What may be on its way: less than the worker's send buffer, so that nothing is refused.
const kInFlight = 200_000;
// Mostly small ones; the largest is what browsers send.
const kSizes = [0, 1, 100, 500, 1200, 1, 3000, 16_384, 100, 65_536, 10, 0, 262_144, 700, 2, 40];

/** In the page of the receiver: counts what arrives, with a hash of each message. */
function receive(visitor, label) {
  return visitor.page.evaluate(wanted => {
    const state = { received: [], bytes: 0, open: false };
    globalThis.channels ??= {};
    globalThis.channels[wanted] = state;
    const hashOf = async data => {
      const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : new Uint8Array(data);
      state.bytes += bytes.length;
      const digest = await crypto.subtle.digest('SHA-256', bytes);
      return `${typeof data}:${bytes.length}:${[...new Uint8Array(digest).subarray(0, 8)].join('.')}`;
    };
    globalThis.hashOf ??= hashOf;
    globalThis.room.call.addEventListener('channel', ({ detail }) => {
      if (detail.label !== wanted) {
        return;
      }
      const { dataConsumer } = detail;
      dataConsumer.binaryType = 'arraybuffer';
      dataConsumer.on('message', data => state.received.push(hashOf(data)));
      state.open = dataConsumer.readyState === 'open';
      dataConsumer.on('open', () => {
        state.open = true;
      });
    });
  }, label);
}

/** Returns the hashes of what has arrived. */
function received(visitor, label) {
  return visitor.page.evaluate(wanted => Promise.all(globalThis.channels[wanted].received), label);
}

function count(visitor, label) {
  return visitor.page.evaluate(wanted => globalThis.channels[wanted].received.length, label);
}

/** Waits until the receiver's end of the channel is open: messages sent before that have no receiver. */
function listens(visitor, label) {
  return holds(() => visitor.page.evaluate(wanted => globalThis.channels[wanted].open, label), `${label} is open`);
}

/** In the page of the sender: opens a channel. */
async function open(visitor, options) {
  await holds(() => visitor.page.evaluate(() => Boolean(globalThis.room.call)), 'the call has begun');
  await visitor.page.evaluate(async wanted => {
    const channel = await globalThis.room.call.open(wanted);
    if (channel.readyState !== 'open') {
      await new Promise(resolve => channel.on('open', resolve));
    }
    globalThis.open ??= {};
    globalThis.open[wanted.label] = channel;
  }, options);
}

/** Sends messages from `first` to `last` and returns their hashes. */
function send(visitor, label, first, last) {
  return visitor.page.evaluate(
    async ({ wanted, from, to, sizes }) => {
      const hashes = [];
      for (let i = from; i < to; ++i) {
        const bytes = new Uint8Array(sizes[i % sizes.length]);
        for (let at = 0; at < bytes.length; ++at) {
          bytes[at] = (i * 31 + at * 7 + (at >> 8)) & 0x7f;
        }
        const data = i % 2 === 0 ? bytes : new TextDecoder().decode(bytes);
        globalThis.open[wanted].send(data);
        const sent = typeof data === 'string' ? new TextEncoder().encode(data) : bytes;
        const digest = await crypto.subtle.digest('SHA-256', sent);
        hashes.push(
          `${typeof data === 'string' ? 'string' : 'object'}:${sent.length}:${[...new Uint8Array(digest).subarray(0, 8)].join('.')}`,
        );
      }
      return hashes;
    },
    { wanted: label, from: first, to: last, sizes: kSizes },
  );
}

for (const ordered of [true, false]) {
  const name = ordered ? 'ordered' : 'unordered';
  realTimeTest(`DataTest: ${kMessages} ${name} messages of 0 B to 256 KiB arrive once and unchanged`, async t => {
    const { conference, enter } = await openRoom(t);
    const ann = await enter({ name: 'Ann', publish: 'no' });
    const bob = await enter({ name: 'Bob', publish: 'no' });
    await holds(() => bob.page.evaluate(() => Boolean(globalThis.room.call)), 'Bob has joined');
    await receive(bob, name);
    await open(ann, { label: name, ordered });
    await listens(bob, name);
    const sent = [];
    for (let first = 0; first < kMessages; ) {
      // As many as fit what may be on its way.
      let last = first;
      for (
        let bytes = 0;
        last < kMessages && (bytes === 0 || bytes + kSizes[last % kSizes.length] < kInFlight);
        ++last
      ) {
        bytes += kSizes[last % kSizes.length] + 1;
      }
      sent.push(...(await send(ann, name, first, last)));
      first = last;
      await holds(async () => (await count(bob, name)) >= sent.length, `${sent.length} messages have arrived`);
    }
    const arrived = await received(bob, name);
    if (!ordered) {
      sent.sort();
      arrived.sort();
    }
    assert.deepEqual(arrived, sent);
    const [consumer] = conference.peers.flatMap(peer => peer.dataConsumers).filter(({ label }) => label === name);
    const [stats] = await consumer.getStats();
    assert.equal(stats.messagesSent, kMessages);
    assert.deepEqual([...ann.errors, ...bob.errors], []);
  });
}

realTimeTest('DataTest: the buffered amount is reported low once it falls to the threshold', async t => {
  const { conference, enter } = await openRoom(t);
  const ann = await enter({ name: 'Ann', publish: 'no' });
  const bob = await enter({ name: 'Bob', publish: 'no' });
  await holds(() => bob.page.evaluate(() => Boolean(globalThis.room.call)), 'Bob has joined');
  await receive(bob, 'bulk');
  await open(ann, { label: 'bulk' });
  await listens(bob, 'bulk');
  const consumer = conference.peers.flatMap(peer => peer.dataConsumers).find(({ label }) => label === 'bulk');
  let low = 0;
  consumer.on('bufferedamountlow', amount => {
    ++low;
    assert.ok(amount <= 50_000, String(amount));
  });
  await consumer.setBufferedAmountLowThreshold(50_000);
  // More than the first congestion window, so that some of it has to wait.
  const message = Buffer.alloc(100_000, 7);
  await holds(async () => {
    const sent = await consumer.send(message).catch(() => null);
    return sent !== null;
  }, 'the worker sends');
  await holds(async () => (await count(bob, 'bulk')) === 1, 'it has arrived');
  assert.equal(await consumer.getBufferedAmount(), 0);
  assert.equal(low, 1);
});

realTimeTest('DataTest: channels close at the other end, and further ones open', async t => {
  const { enter } = await openRoom(t);
  const ann = await enter({ name: 'Ann', publish: 'no' });
  const bob = await enter({ name: 'Bob', publish: 'no' });
  await holds(() => bob.page.evaluate(() => Boolean(globalThis.room.call)), 'Bob has joined');
  for (let i = 0; i < 5; ++i) {
    const label = `channel ${i}`;
    await receive(bob, label);
    await open(ann, { label });
    await listens(bob, label);
    await send(ann, label, 0, 5);
    await holds(async () => (await count(bob, label)) === 5, `messages on ${label}`);
    await ann.page.evaluate(wanted => globalThis.open[wanted].close(), label);
  }
});

realTimeTest('DataTest: visitors chat, and the room shows who speaks', async t => {
  const { enter } = await openRoom(t);
  const ann = await enter({ name: 'Ann' });
  const bob = await enter({ name: 'Bob', publish: 'no' });
  await holds(async () => (await bob.states()).receive === 'connected', 'Bob receives');
  await ann.page.fill('#chat input', 'Hello, Bob!');
  await holds(async () => {
    await ann.page.click('#chat button');
    return (await ann.page.textContent('#chat ol')).includes('Hello, Bob!');
  }, 'Ann has sent it');
  await holds(async () => (await bob.page.textContent('#chat ol')).includes('Ann: Hello, Bob!'), 'Bob reads it');
  // Chromium's false microphone beeps once a second.
  await holds(
    () => bob.page.evaluate(() => [...document.querySelectorAll('meter')].some(({ value }) => value > -60)),
    'a level is shown',
  );
  await screenshot(bob, 'chat');
  assert.deepEqual([...ann.errors, ...bob.errors], []);
});
