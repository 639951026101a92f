// The peer of a plain transport.
import { isRtp } from './rtp.mjs';

export class PlainPeer {
  #attacker;
  #outbound = null;
  #inbound = null;

  constructor(attacker, transport, socket) {
    this.#attacker = attacker;
    this.transport = transport;
    this.socket = socket;
    this.port = transport.tuple.localPort;
  }

  /** Encrypts with `outbound` and decrypts with `inbound` from now on. */
  secure(outbound, inbound) {
    this.#outbound = outbound;
    this.#inbound = inbound;
  }

  get srtp() {
    return this.#outbound;
  }

  /** Sends the bytes unchanged. */
  sendRaw(bytes, socket = this.socket) {
    this.#attacker.send(socket, bytes, this.port);
  }

  sendRtp(packet) {
    this.sendRaw(this.#outbound ? this.#outbound.protectRtp(packet) : packet);
  }

  sendRtcp(compound) {
    this.sendRaw(this.#outbound ? this.#outbound.protectRtcp(compound) : compound);
  }

  /** Takes the datagrams received since the last call. */
  take() {
    return this.socket.inbox.splice(0).map(({ bytes }) => bytes);
  }

  /** Takes the RTP packets received since the last call, decrypted. One that is not authentic is null. */
  takeRtp() {
    return this.take()
      .filter(isRtp)
      .map(packet => (this.#inbound ? this.#inbound.unprotectRtp(packet) : packet));
  }

  close() {
    this.transport.close();
  }
}
