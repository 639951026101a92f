// Relays the datagrams of a page and the worker, and notes their times. The page's own state events are delayed by the browser's
// threads, about as long as the times that are measured.
import dgram from 'node:dgram';

// The first byte of a datagram (RFC 7983); for DTLS, the type of its first record (RFC 6347, section 4.1).
const kStunLast = 3;
const kChangeCipherSpec = 20;
const kHandshake = 22;

function bound(ip, port = 0) {
  const socket = dgram.createSocket('udp4');
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(port, ip, () => resolve(socket));
  });
}

export class WireClock {
  #ip;
  #workerPort;
  #front;
  // A socket per socket of the page, which the worker distinguishes by their addresses.
  #backs = new Map();
  #firstCheck = null;
  #lastHandshake = null;

  static async start({ ip, workerPort }) {
    return new WireClock(ip, workerPort, await bound(ip));
  }

  constructor(ip, workerPort, front) {
    this.#ip = ip;
    this.#workerPort = workerPort;
    this.#front = front;
    front.on('message', (datagram, from) => this.#onPage(datagram, from));
  }

  get port() {
    return this.#front.address().port;
  }

  /** Returns the milliseconds from the page's first STUN datagram to the worker's last datagram of the DTLS handshake. */
  get milliseconds() {
    return this.#lastHandshake - this.#firstCheck;
  }

  close() {
    this.#front.close();
    for (const back of this.#backs.values()) {
      back.then(socket => socket.close());
    }
  }

  async #onPage(datagram, { address, port }) {
    if (datagram[0] <= kStunLast) {
      this.#firstCheck ??= performance.now();
    }
    const page = `${address} ${port}`;
    if (!this.#backs.has(page)) {
      this.#backs.set(page, this.#openBack(address, port));
    }
    (await this.#backs.get(page)).send(datagram, this.#workerPort, this.#ip);
  }

  async #openBack(address, port) {
    const back = await bound(this.#ip);
    back.on('message', datagram => {
      if (datagram[0] === kHandshake || datagram[0] === kChangeCipherSpec) {
        this.#lastHandshake = performance.now();
      }
      this.#front.send(datagram, port, address);
    });
    return back;
  }
}
