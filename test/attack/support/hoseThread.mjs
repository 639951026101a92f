// Repeats packets in a separate thread, while the test's own event loop is blocked or busy.
import { parentPort, workerData } from 'node:worker_threads';
import { pace } from './pace.mjs';
import { udpSocket } from './udp.mjs';

const { packets, port, ip, from, perSecond, seconds, sequence } = workerData;
const socket = await udpSocket({ ip: from });
parentPort.postMessage({ address: socket.address() });
parentPort.once('message', async () => {
  const buffers = packets.map(packet => Buffer.from(packet));
  const count = await pace({
    perSecond,
    seconds,
    send: i => {
      const packet = Buffer.from(buffers[i % buffers.length]);
      if (sequence) {
        packet.writeUInt16BE(i & 0xffff, 2);
      }
      socket.send(packet, port, ip);
    },
  });
  parentPort.postMessage({ count });
  socket.close();
});
