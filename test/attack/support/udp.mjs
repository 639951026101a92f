// UDP sockets on loopback addresses: 127.0.0.2 and higher represent other hosts.
import dgram from 'node:dgram';
import { once } from 'node:events';
import fs from 'node:fs';

export const kHome = '127.0.0.1';
/** Holds some seconds of the call while this process gets no CPU. The kernel limits it to net.core.rmem_max. */
const kReceiveBuffer = 4 << 20;

/** A worker's UDP socket with as large a buffer, so that the kernel drops nothing while a busy machine does not run the worker. */
export const udpListenInfo = { protocol: 'udp', ip: kHome, recvBufferSize: kReceiveBuffer };

/** Returns the datagrams that the kernel dropped because the UDP socket on that port was full. */
export function kernelDrops(port) {
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const lines = fs.readFileSync('/proc/net/udp', 'utf8').trim().split('\n').slice(1);
  const columns = lines.map(line => line.trim().split(/\s+/)).find(([, address]) => address.endsWith(local));
  return Number(columns?.at(-1) ?? 0);
}

/** Opens a bound socket. With `keep`, its `inbox` collects the datagrams as { bytes, from }. */
export async function udpSocket({ ip = kHome, keep = false } = {}) {
  const socket = dgram.createSocket({ type: 'udp4', recvBufferSize: kReceiveBuffer });
  socket.bind(0, ip);
  await once(socket, 'listening');
  // ECONNREFUSED is part of an attack: the worker may have closed its port.
  socket.on('error', () => {});
  socket.inbox = [];
  if (keep) {
    socket.on('message', (bytes, from) => socket.inbox.push({ bytes, from }));
  }
  return socket;
}
