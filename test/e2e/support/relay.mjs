// Replaces the worker: forwards RTP and RTCP, and drops the given RTP packets.
import dgram from 'node:dgram';

function bound(ip, port) {
  const socket = dgram.createSocket('udp4');
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(port, ip, () => resolve(socket));
  });
}

/** @param {{ip: string, port: number, to: number, lose: Set<number>}} options lose: indices of the packets to drop, from 0 */
export async function startRelay({ ip, port, to, lose }) {
  const rtp = await bound(ip, port);
  const rtcp = await bound(ip, port + 1);
  let count = 0;
  rtp.on('message', packet => {
    if (!lose.has(count++)) {
      rtp.send(packet, to, ip);
    }
  });
  rtcp.on('message', packet => rtcp.send(packet, to + 1, ip));
  return {
    close() {
      rtp.close();
      rtcp.close();
    },
  };
}
