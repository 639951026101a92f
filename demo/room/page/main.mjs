// Joins the room, publishes camera and microphone if they exist and the visitor allows it, shows all others, and chats.
//   ?name=Ann             the name that others see
//   ?publish=no           only watches
//   ?codec=VP9            of published video: VP8, VP9, H264, AV1
//   ?width=320&height=180&rate=15
//   ?kilobits=2500        maximum bitrate of video per second
import { Call } from './Call.mjs';
import { Chat, kChatLabel } from './Chat.mjs';
import { Signal } from './Signal.mjs';
import { Tile } from './Tile.mjs';

const kTick = 1000;
// In dBov.
const kSilence = -127;

const query = new URLSearchParams(location.search);
const list = document.querySelector('#people');
const soundButton = document.querySelector('#sound');
const tiles = new Map();
let name = query.get('name') ?? '';
let ownId = '';
let call = null;
let before = new Map();
let camera = null;
let publishing = 'Asking for camera and microphone.';

function say(text) {
  document.querySelector('#status').textContent = text;
}

function tileOf(id, who) {
  if (!tiles.has(id)) {
    tiles.set(id, new Tile(list, who));
  }
  return tiles.get(id);
}

function playAll() {
  soundButton.hidden = true;
  for (const tile of tiles.values()) {
    tile.play().catch(error => {
      // Other errors mean that there is no picture yet, or no longer.
      soundButton.hidden &&= error.name !== 'NotAllowedError';
    });
  }
}

/** Returns the tracks of camera and microphone, if they exist. Throws if the visitor denies access. */
async function openCamera() {
  // Browsers hide it from pages without TLS that are not from this machine.
  if (!navigator.mediaDevices) {
    throw new Error('this page is not from a secure origin');
  }
  const kinds = new Set((await navigator.mediaDevices.enumerateDevices()).map(({ kind }) => kind));
  if (!kinds.has('videoinput') && !kinds.has('audioinput')) {
    throw new Error('there is no camera and no microphone');
  }
  const size = {
    width: Number(query.get('width') ?? 640),
    height: Number(query.get('height') ?? 360),
    frameRate: Number(query.get('rate') ?? 25),
  };
  return navigator.mediaDevices.getUserMedia({
    video: kinds.has('videoinput') && size,
    audio: kinds.has('audioinput'),
  });
}

async function publish() {
  if (query.get('publish') === 'no') {
    publishing = 'You only watch.';
    return;
  }
  try {
    camera ??= await openCamera();
    const codec = query.get('codec');
    const kilobits = query.get('kilobits');
    const options = {
      mimeType: codec ? `video/${codec}` : undefined,
      maxKilobits: kilobits ? Number(kilobits) : undefined,
    };
    for (const track of camera.getTracks()) {
      const producer = await call.publish(track, options);
      tileOf('me', { name, own: true }).add(track, producer.id);
    }
    publishing = 'The others see and hear you.';
  } catch (error) {
    publishing = `You only watch: ${error.message}.`;
  }
}

function status() {
  const bad = Object.entries(call.states)
    .filter(([, state]) => state !== 'connected')
    .map(([direction, state]) => `the transport to ${direction} is ${state}`);
  say([`You are ${name}.`, publishing, ...bad.map(text => `${text}.`)].join(' '));
}

function clear() {
  call?.close();
  for (const tile of tiles.values()) {
    tile.close();
  }
  tiles.clear();
}

/** Starts at each welcome of the server: the first, and those after interruptions. */
async function begin(signal, welcome) {
  clear();
  const started = new Call(signal);
  call = started;
  before = new Map();
  name = welcome.name;
  ownId = welcome.id;
  const senders = new Map();
  started.addEventListener('state', status);
  started.addEventListener('stream', ({ detail }) => {
    senders.set(detail.producerId, detail.from);
    tileOf(detail.from, { name: detail.name, own: false }).add(detail.track, detail.producerId);
    playAll();
  });
  started.addEventListener('streamEnd', ({ detail }) => {
    const from = senders.get(detail.producerId);
    senders.delete(detail.producerId);
    if (from && tiles.get(from)?.remove(detail.producerId) === false) {
      tiles.get(from).close();
      tiles.delete(from);
    }
  });
  const chat = new Chat(document.querySelector('#chat'), { name });
  started.addEventListener('channel', ({ detail }) => detail.label === kChatLabel && chat.listen(detail));
  await started.start(welcome);
  for (const channel of welcome.channels) {
    // Its sender may have left meanwhile.
    await started.listen(channel).catch(() => {});
  }
  chat.start(started).catch(error => say(`The chat does not work: ${error.message}.`));
  return started;
}

async function showStatistics() {
  if (call) {
    for (const each of await call.statistics(before)) {
      for (const tile of tiles.values()) {
        tile.show(each);
      }
    }
  }
}

/** Returns the visitor's own id as the key of its tile. */
function keyOf(id) {
  return id === ownId ? 'me' : id;
}

function showLevels(levels) {
  const byKey = new Map(levels.map(({ from, level }) => [keyOf(from), level]));
  for (const [key, tile] of tiles) {
    tile.meter(byKey.get(key) ?? kSilence);
  }
}

function highlight(from) {
  for (const [key, tile] of tiles) {
    tile.highlight(key === keyOf(from));
  }
}

function join() {
  const signal = new Signal(name);
  let ready = Promise.resolve();
  // One after another, in the order of the events.
  const whenReady = work => {
    ready = ready.then(work).catch(error => say(`Something went wrong: ${error.message}.`));
  };
  signal.addEventListener('welcome', ({ detail }) =>
    whenReady(async () => {
      await begin(signal, detail);
      for (const stream of detail.streams) {
        // Its publisher may have left meanwhile.
        await call.watch(stream).catch(() => {});
      }
      status();
      // The visitor may take any time to answer; the others are shown meanwhile.
      publish().then(status);
    }),
  );
  signal.addEventListener('streamAdded', ({ detail }) => whenReady(() => call.watch(detail).catch(() => {})));
  signal.addEventListener('streamRemoved', ({ detail }) => whenReady(() => call.drop(detail.producerId)));
  signal.addEventListener('channelAdded', ({ detail }) => whenReady(() => call.listen(detail).catch(() => {})));
  signal.addEventListener('channelRemoved', ({ detail }) => whenReady(() => call.channelClosed(detail.dataProducerId)));
  signal.addEventListener('levels', ({ detail }) => showLevels(detail.levels));
  signal.addEventListener('dominantSpeaker', ({ detail }) => highlight(detail.from));
  signal.addEventListener('transportClosed', ({ detail }) => whenReady(() => call.transportClosed(detail.id)));
  signal.addEventListener('lost', () => say('The server is away. Waiting for it …'));
}

soundButton.addEventListener('click', playAll);
setInterval(() => showStatistics().catch(() => {}), kTick);
join();

// For the console, and for programs that control the browser.
window.room = {
  get call() {
    return call;
  },
};
