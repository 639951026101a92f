// Cheap consumers: each has its own plain transport, encrypted like a browser's, to a socket that is read without being parsed.
import crypto from 'node:crypto';
import dgram from 'node:dgram';

const kSuite = 'AEAD_AES_128_GCM';
const kMasterKeyBytes = 28; // RFC 7714, section 12
// Holds a key frame while this process waits for a CPU.
const kReceiveBufferBytes = 1024 * 1024;

function bound(ip) {
  const socket = dgram.createSocket({ type: 'udp4', recvBufferSize: kReceiveBufferBytes });
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(0, ip, () => resolve(socket));
  });
}

export class Audience {
  #router;
  #ip;
  #sockets = [];

  constructor(router, ip) {
    this.#router = router;
    this.#ip = ip;
  }

  get size() {
    return this.#sockets.length;
  }

  /** Adds members until there are `count`. Each watches all producers. */
  async growTo(size, producers) {
    while (this.size < size) {
      await this.#add(producers);
    }
  }

  close() {
    this.#sockets.forEach(socket => socket.close());
  }

  async #add(producers) {
    const socket = await bound(this.#ip);
    this.#sockets.push(socket);
    const transport = await this.#router.createPlainTransport({
      listenInfo: { protocol: 'udp', ip: this.#ip },
      rtcpMux: true,
      comedia: false,
      enableSrtp: true,
      srtpCryptoSuite: kSuite,
    });
    await transport.connect({
      ip: this.#ip,
      port: socket.address().port,
      srtpParameters: { cryptoSuite: kSuite, keyBase64: crypto.randomBytes(kMasterKeyBytes).toString('base64') },
    });
    for (const { id } of producers) {
      await transport.consume({ producerId: id, rtpCapabilities: this.#router.rtpCapabilities });
    }
  }
}
