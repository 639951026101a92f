// The peer of a WebRTC transport, over UDP or TCP (framed by RFC 4571).
import { once } from 'node:events';
import net from 'node:net';
import { DtlsClient } from './DtlsClient.mjs';
import { bindingRequest, parseStun } from './stun.mjs';
import { isRtp } from './rtp.mjs';
import { kHome } from './udp.mjs';

const kAnswerMs = 2000;

function framed(bytes) {
  const frame = Buffer.alloc(2 + bytes.length);
  frame.writeUInt16BE(bytes.length, 0);
  bytes.copy(frame, 2);
  return frame;
}

/** Opens a TCP connection with the interface of a UDP socket. */
export async function tcpSocket(port, { ip } = {}) {
  const connection = net.connect({ port, host: kHome, localAddress: ip });
  // An attack may end with a reset, even before the connection is open.
  connection.on('error', () => {});
  await once(connection, 'connect').catch(() => {});
  const inbox = [];
  let received = Buffer.alloc(0);
  connection.on('data', data => {
    received = Buffer.concat([received, data]);
    while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
      const end = 2 + received.readUInt16BE(0);
      inbox.push({ bytes: received.subarray(2, end) });
      connection.emit('message', received.subarray(2, end));
      received = received.subarray(end);
    }
  });
  return {
    inbox,
    connection,
    send: bytes => connection.write(framed(bytes)),
    on: (name, listener) => connection.on(name, listener),
    off: (name, listener) => connection.off(name, listener),
    close: () => connection.destroy(),
  };
}

export class IcePeer {
  #attacker;
  #clients = [];

  static async open(attacker, transport, { protocol, ip }) {
    const candidate = transport.iceCandidates.find(({ protocol: each }) => each === protocol);
    const socket = protocol === 'tcp' ? await tcpSocket(candidate.port, { ip }) : await attacker.socket({ ip });
    return new IcePeer(attacker, transport, candidate, socket);
  }

  constructor(attacker, transport, candidate, socket) {
    this.#attacker = attacker;
    this.transport = transport;
    this.candidate = candidate;
    this.port = candidate.port;
    this.socket = socket;
    const { usernameFragment: ufrag, password } = transport.iceParameters;
    this.credentials = { ufrag, password };
  }

  sendRaw(bytes, socket = this.socket) {
    if (this.candidate.protocol === 'tcp') {
      this.#attacker.count(bytes);
      socket.send(bytes);
    } else {
      this.#attacker.send(socket, bytes, this.port);
    }
  }

  /**
   * Connects the transport with the certificate's fingerprint and returns a DTLS client that has not started yet.
   * @param {{certificate: object, fingerprint?: string}} options fingerprint: used instead of the certificate's; DtlsClient takes
   *   the others
   */
  async dtls({ certificate, fingerprint = certificate.fingerprint, ...options }) {
    const dtlsParameters = { role: 'client', fingerprints: [{ algorithm: 'sha-256', value: fingerprint }] };
    await this.transport.connect({ dtlsParameters });
    const client = new DtlsClient(record => this.sendRaw(record), { certificate, ...options });
    this.#clients.push(client);
    // RFC 7983: the first byte tells DTLS from the rest.
    this.socket.on('message', bytes => bytes[0] >= 20 && bytes[0] <= 63 && client.receive(bytes));
    return client;
  }

  /** Completes ICE and DTLS and returns the connected client. */
  async establish({ certificate, ...options }) {
    await this.check({ useCandidate: true });
    const client = await this.dtls({ certificate, ...options });
    client.start();
    const outcome = await client.outcome;
    if (outcome !== 'connected') {
      throw new Error(`the handshake ended: ${outcome}`);
    }
    Object.assign(this, client.srtp());
    return client;
  }

  sendRtp(packet) {
    this.sendRaw(this.outbound.protectRtp(packet));
  }

  sendRtcp(compound) {
    this.sendRaw(this.outbound.protectRtcp(compound));
  }

  /** Takes the datagrams received since the last call. */
  take() {
    return this.socket.inbox.splice(0).map(({ bytes }) => bytes);
  }

  /** Takes the RTP packets received since the last call, decrypted. One that is not authentic is null. */
  takeRtp() {
    return this.take()
      .filter(isRtp)
      .map(packet => this.inbound.unprotectRtp(packet));
  }

  /** Sends a binding request and returns the answer, or null if there is none. */
  async check({ socket = this.socket, credentials = this.credentials, ...options } = {}) {
    const request = bindingRequest(credentials, options);
    const { transactionId } = parseStun(request);
    let timer;
    let listener;
    const answer = new Promise(resolve => {
      listener = bytes => {
        const message = parseStun(bytes);
        if (message?.transactionId === transactionId) {
          resolve(message);
        }
      };
      socket.on('message', listener);
      timer = setTimeout(() => resolve(null), options.patienceMs ?? kAnswerMs);
    });
    this.sendRaw(request, socket);
    try {
      return await answer;
    } finally {
      clearTimeout(timer);
      socket.off('message', listener);
    }
  }

  close() {
    this.#clients.forEach(client => client.stop());
    this.socket.connection?.destroy();
    this.transport.close();
  }
}
