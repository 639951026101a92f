import assert from 'node:assert/strict';
import { realTimeTest } from '../../support/realTimeTest.mjs';
import { openRoom, useChromium } from './support/room.mjs';
import { assertSeesAndHears, streamsFrom } from './support/sight.mjs';
import { until } from './support/until.mjs';

useChromium();

async function annAndBob(t) {
  const { conference, enter } = await openRoom(t);
  const ann = await enter({ name: 'Ann' });
  const bob = await enter({ name: 'Bob', publish: 'no' });
  await assertSeesAndHears(bob, 'Ann');
  const peerOf = name => conference.peers.find(peer => peer.name === name);
  return { ann, bob, annPeer: peerOf('Ann'), bobPeer: peerOf('Bob') };
}

function untilNothingFrom(visitor, name) {
  return until(
    `${visitor.name} sees ${name} no more`,
    async () => ({
      streams: await streamsFrom(visitor, name),
      shown: await visitor.page.locator('h2', { hasText: name }).count(),
    }),
    ({ streams, shown }) => Object.keys(streams).length === 0 && shown === 0,
  );
}

realTimeTest('ClosingTest: ends the connection of the page by DTLS when the server closes a transport', async t => {
  const { bob, bobPeer } = await annAndBob(t);
  const { notify } = bobPeer;
  bobPeer.notify = (event, data) => event !== 'transportClosed' && notify(event, data);
  const [transport] = bobPeer.transports;
  transport.close();
  const dtlsState = () => bob.page.evaluate(() => globalThis.room.call.consumers[0].rtpReceiver.transport.state);
  await until('the DTLS transport of the page is closed', dtlsState, state => state === 'closed');
});

realTimeTest('ClosingTest: shows on the page that the server closed a transport', async t => {
  const { bob, bobPeer } = await annAndBob(t);
  bobPeer.transports[0].close();
  await until(
    'the transport is closed',
    () => bob.states(),
    ({ receive }) => receive === 'closed',
  );
  await until(
    'the page says so',
    () => bob.status(),
    text => text.includes('the transport to receive is closed'),
  );
});

realTimeTest('ClosingTest: ends the streams for the others when a page closes its connection', async t => {
  const { ann, bob, annPeer } = await annAndBob(t);
  const sending = annPeer.transports.find(transport => annPeer.producers.length > 0 && transport.iceState !== 'new');
  const states = [];
  annPeer.transports.forEach(transport => transport.on('dtlsstatechange', state => states.push(state)));
  assert.equal(sending.dtlsState, 'connected');
  await ann.page.evaluate(() => globalThis.room.call.close());
  await until(
    'the DTLS state at the server',
    async () => states,
    seen => seen.includes('closed'),
  );
  await untilNothingFrom(bob, 'Ann');
  assert.equal(annPeer.producers.length, 0, 'producers without a transport');
});

realTimeTest('ClosingTest: removes a visitor for the others when its tab is closed', async t => {
  const { ann, bob } = await annAndBob(t);
  await ann.leave();
  await untilNothingFrom(bob, 'Ann');
});
