// A worker, and pages that publish and watch over impaired networks under the control of a test.
import crypto from 'node:crypto';
import path from 'node:path';
import * as esbuild from 'esbuild';
import { workerBin } from '../../../support/binaries.mjs';
import { launchChromium } from '../../../../demo/room/chromium.mjs';
import { Conference } from '../../../../demo/room/Conference.mjs';
import { Relay } from './Relay.mjs';

// A secure origin for the browser. Requests to it are intercepted.
const kUrl = 'http://localhost/';

let page;

async function loadPage() {
  const entry = path.join(import.meta.dirname, 'page/main.mjs');
  const options = { bundle: true, format: 'iife', write: false, logLevel: 'silent' };
  const { outputFiles } = await esbuild.build({ entryPoints: [entry], ...options });
  const script = outputFiles[0].text.replaceAll('</script', '<\\/script');
  return `<!doctype html><meta charset="utf-8"><body><script>${script}</script>`;
}

/** A page with its transports. Each transport has its own relay. */
export class Player {
  #stage;
  #page;
  #transports = new Map();
  #produced = new Map();
  #capabilities;
  #cname = crypto.randomUUID();
  errors = [];

  static async enter(stage, browser) {
    const player = new Player(stage, await browser.newPage({ viewport: { width: 1300, height: 800 } }));
    await player.#load();
    return player;
  }

  constructor(stage, page) {
    this.#stage = stage;
    this.#page = page;
    page.on('pageerror', error => this.errors.push(error.message));
    page.on('console', message => message.type() === 'error' && this.errors.push(message.text()));
  }

  /** @returns {Promise<{id: string, transport: object, relay: Relay}>} */
  async connect(direction, impairment = {}) {
    const transport = await this.#stage.conference.createTransport();
    const [{ address, port }] = transport.iceCandidates;
    const relay = await Relay.start({ ip: address, workerPort: port, seed: this.#stage.nextSeed() });
    this.#stage.onClose(() => relay.close());
    relay.change(impairment);
    const { id, iceParameters, dtlsParameters } = transport;
    const options = { id, iceParameters, dtlsParameters, iceCandidates: relay.candidates(transport.iceCandidates) };
    await this.#page.evaluate(([way, each]) => globalThis.stage.createTransport(way, each), [direction, options]);
    const way = { id, transport, relay };
    this.#transports.set(id, way);
    return way;
  }

  /** @returns {Promise<object>} the producer at the server */
  async publish(way, options) {
    const id = await this.#page.evaluate(([to, each]) => globalThis.stage.publish(to, each), [way.id, options]);
    return this.#produced.get(id);
  }

  /** @returns {Promise<object>} the consumer at the server */
  async watch(way, producer, { readCells = false, streamId = 'ann', preferredLayers } = {}) {
    const consumer = await way.transport.consume({
      producerId: producer.id,
      rtpCapabilities: this.#capabilities,
      paused: true,
      preferredLayers,
    });
    const { id, kind, rtpParameters } = consumer;
    const options = { id, producerId: producer.id, kind, rtpParameters, streamId };
    await this.#page.evaluate(
      ([to, each, how]) => globalThis.stage.watch(to, each, how),
      [way.id, options, { readCells }],
    );
    await consumer.resume();
    return consumer;
  }

  /** Returns the page's notes of a producer or consumer: { samples, frames, beeps }. */
  noted({ id }) {
    return this.#page.evaluate(of => globalThis.stage.noted(of), id);
  }

  async #load() {
    page ??= await loadPage();
    await this.#page.exposeFunction('ask', (method, data) => this.#answer(method, data));
    await this.#page.route(kUrl, route => route.fulfill({ contentType: 'text/html', body: page }));
    await this.#page.goto(kUrl);
    const { rtpCapabilities } = this.#stage.conference.router;
    this.#capabilities = await this.#page.evaluate(each => globalThis.stage.load(each), rtpCapabilities);
  }

  async #answer(method, { id, dtlsParameters, kind, rtpParameters, appData }) {
    const { transport } = this.#transports.get(id);
    if (method === 'connect') {
      await transport.connect({ dtlsParameters });
      return {};
    }
    // A browser has a new cname on each connection, but sound and pictures of a person share one (RFC 3550, section 6.5.1).
    rtpParameters.rtcp = { ...rtpParameters.rtcp, cname: this.#cname };
    const producer = await transport.produce({
      kind,
      rtpParameters,
      keyFrameRequestDelay: appData?.keyFrameRequestDelay,
    });
    this.#produced.set(producer.id, producer);
    return { id: producer.id };
  }
}

export class Stage {
  #browser;
  #seed;
  #cleanUp = [];

  /** Opens a stage that closes with the test `t`. */
  static async open(t, { seed = 1 } = {}) {
    const stage = new Stage(await Conference.open({ workerBin }), await launchChromium(), seed);
    t.after(() => stage.close());
    return stage;
  }

  constructor(conference, browser, seed) {
    this.conference = conference;
    this.#browser = browser;
    this.#seed = seed;
  }

  enter() {
    return Player.enter(this, this.#browser);
  }

  nextSeed() {
    return this.#seed++;
  }

  onClose(work) {
    this.#cleanUp.push(work);
  }

  async close() {
    await this.#browser.close();
    this.#cleanUp.forEach(work => work());
    await this.conference.close();
  }
}
