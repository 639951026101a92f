// Relays datagrams between a page and the worker. The page takes its port for the worker's; each direction passes a Link.
import dgram from 'node:dgram';
import { Link } from './Link.mjs';

// setTimeout() has a resolution of a millisecond: work that is due before the next one is done now.
const kEarlyMs = 0.5;
// Key frames are bursts of a hundred datagrams, which the relay must not lose.
const kSocketBuffer = 1 << 20;

function bound(ip) {
  const socket = dgram.createSocket({ type: ip.includes(':') ? 'udp6' : 'udp4', recvBufferSize: kSocketBuffer });
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(0, ip, () => resolve(socket));
  });
}

/** Runs work at its time, in the order of the times, with one timer. */
export class Agenda {
  // Sorted by time; new work nearly always belongs near the end.
  #entries = [];
  #timer = null;

  add(time, work) {
    let index = this.#entries.length;
    while (index > 0 && this.#entries[index - 1].time > time) {
      --index;
    }
    this.#entries.splice(index, 0, { time, work });
    if (index === 0) {
      clearTimeout(this.#timer);
      this.#arm();
    }
  }

  clear() {
    clearTimeout(this.#timer);
    this.#entries = [];
  }

  #arm() {
    this.#timer = setTimeout(() => this.#run(), Math.max(0, this.#entries[0].time - performance.now()));
  }

  #run() {
    const until = performance.now() + kEarlyMs;
    let count = 0;
    while (count < this.#entries.length && this.#entries[count].time <= until) {
      ++count;
    }
    this.#entries.splice(0, count).forEach(({ work }) => work());
    if (this.#entries.length > 0) {
      this.#arm();
    }
  }
}

export class Relay {
  #ip;
  #workerPort;
  #front;
  // A socket per socket of the page, which the worker distinguishes by their addresses.
  #backs = new Map();
  #agenda = new Agenda();
  #closed = false;

  /** @param {{ip: string, workerPort: number, seed: number}} options */
  static async start({ ip, workerPort, seed }) {
    return new Relay(ip, workerPort, seed, await bound(ip));
  }

  constructor(ip, workerPort, seed, front) {
    this.#ip = ip;
    this.#workerPort = workerPort;
    this.#front = front;
    // From the page to the worker, and back.
    this.up = new Link(2 * seed);
    this.down = new Link(2 * seed + 1);
    front.on('message', (datagram, from) => this.#onPage(datagram, from));
  }

  get port() {
    return this.#front.address().port;
  }

  /** Sets the impairments (see Link.change()) of both directions. */
  change(options) {
    this.up.change(options);
    this.down.change(options);
  }

  /** Returns the candidates of a transport with this relay's port instead of the worker's. */
  candidates(iceCandidates) {
    return iceCandidates
      .filter(({ protocol }) => protocol === 'udp')
      .map(candidate => ({ ...candidate, port: this.port }));
  }

  close() {
    this.#closed = true;
    this.#agenda.clear();
    this.#front.close();
    for (const back of this.#backs.values()) {
      back.then(socket => socket.close());
    }
  }

  async #onPage(datagram, { address, port }) {
    const arrivals = this.up.offer(performance.now(), datagram.length);
    const page = `${address} ${port}`;
    if (!this.#backs.has(page)) {
      this.#backs.set(page, this.#openBack(address, port));
    }
    const back = await this.#backs.get(page);
    this.#forward(arrivals, () => back.send(datagram, this.#workerPort, this.#ip));
  }

  async #openBack(address, port) {
    const back = await bound(this.#ip);
    back.on('message', datagram => {
      const arrivals = this.down.offer(performance.now(), datagram.length);
      this.#forward(arrivals, () => this.#front.send(datagram, port, address));
    });
    return back;
  }

  #forward(arrivals, send) {
    for (const time of arrivals) {
      if (this.#closed) {
        return;
      }
      if (time <= performance.now()) {
        send();
      } else {
        this.#agenda.add(time, send);
      }
    }
  }
}
