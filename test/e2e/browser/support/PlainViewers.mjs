// Many viewers that cost little: consumers over plain RTP whose packets come to one socket. Each notes when its first picture
// was whole.
import dgram from 'node:dgram';
import { once } from 'node:events';

const kSocketBuffer = 4 << 20;

/** Where the payload of an RTP packet begins (RFC 3550, section 5.1). */
function payloadOffset(packet) {
  const offset = 12 + 4 * (packet[0] & 0x0f);
  return packet[0] & 0x10 ? offset + 4 + 4 * packet.readUInt16BE(offset + 2) : offset;
}

/** Whether the packet is the first of a VP8 key frame (RFC 7741, sections 4.2 and 4.3). */
export function startsKeyFrame(packet) {
  let offset = payloadOffset(packet);
  const [descriptor, extensions] = [packet[offset], packet[offset + 1]];
  if ((descriptor & 0x1f) !== 0x10) {
    return false;
  }
  ++offset;
  if (descriptor & 0x80) {
    ++offset;
    if (extensions & 0x80) {
      offset += packet[offset] & 0x80 ? 2 : 1;
    }
    offset += (extensions & 0x40 ? 1 : 0) + (extensions & 0x30 ? 1 : 0);
  }
  return (packet[offset] & 0x01) === 0;
}

export class PlainViewers {
  #router;
  #socket;
  #bySsrc = new Map();

  static async open(router, ip = '127.0.0.1') {
    const socket = dgram.createSocket({ type: 'udp4', recvBufferSize: kSocketBuffer });
    socket.bind(0, ip);
    await once(socket, 'listening');
    return new PlainViewers(router, socket, ip);
  }

  constructor(router, socket, ip) {
    this.#router = router;
    this.#socket = socket;
    this.ip = ip;
    socket.on('message', packet => this.#onPacket(packet));
  }

  /**
   * @returns {Promise<{joined: number, firstPicture: number | null, packets: number}>} times by performance.now(); what it has
   *   seen goes on to change
   */
  async join(producer, preferredLayers) {
    const viewer = { joined: performance.now(), firstPicture: null, packets: 0, next: null };
    const transport = await this.#router.createPlainTransport({ listenInfo: { protocol: 'udp', ip: this.ip }, rtcpMux: true });
    await transport.connect({ ip: this.ip, port: this.#socket.address().port });
    const codecs = this.#router.rtpCapabilities.codecs.filter(({ mimeType }) => !mimeType.endsWith('/rtx'));
    const options = { producerId: producer.id, rtpCapabilities: { codecs, headerExtensions: [] }, preferredLayers, paused: true };
    const consumer = await transport.consume(options);
    this.#bySsrc.set(consumer.rtpParameters.encodings[0].ssrc, viewer);
    await consumer.resume();
    return viewer;
  }

  close() {
    this.#socket.close();
  }

  #onPacket(packet) {
    const viewer = this.#bySsrc.get(packet.readUInt32BE(8));
    if (!viewer) {
      return;
    }
    ++viewer.packets;
    if (viewer.firstPicture !== null) {
      return;
    }
    const sequenceNumber = packet.readUInt16BE(2);
    if (startsKeyFrame(packet)) {
      viewer.next = sequenceNumber;
    }
    viewer.next = sequenceNumber === viewer.next ? (sequenceNumber + 1) & 0xffff : null;
    if (viewer.next !== null && packet[1] & 0x80) {
      viewer.firstPicture = performance.now();
    }
  }
}
