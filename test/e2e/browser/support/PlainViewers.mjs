// Many cheap viewers: consumers over plain RTP that share one socket. Each notes when its first picture was complete.
import dgram from 'node:dgram';
import { once } from 'node:events';
import { readRtp, vp8Descriptor } from '../../../support/captures.mjs';

const kSocketBuffer = 4 << 20;

/** Returns true for the first packet of a VP8 key frame. */
export function startsKeyFrame(packet) {
  return vp8Descriptor(readRtp(packet).payload).key;
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
   * @returns {Promise<{joined: number, firstPicture: number | null, packets: number}>} times by performance.now(); the object is
   *   updated as packets arrive
   */
  async join(producer, preferredLayers) {
    const viewer = { joined: performance.now(), firstPicture: null, packets: 0, next: null };
    const transport = await this.#router.createPlainTransport({
      listenInfo: { protocol: 'udp', ip: this.ip },
      rtcpMux: true,
    });
    await transport.connect({ ip: this.ip, port: this.#socket.address().port });
    const codecs = this.#router.rtpCapabilities.codecs.filter(({ mimeType }) => !mimeType.endsWith('/rtx'));
    const options = {
      producerId: producer.id,
      rtpCapabilities: { codecs, headerExtensions: [] },
      preferredLayers,
      paused: true,
    };
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
