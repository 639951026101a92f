// Local UDP ports for the receiving ffmpegs, which get their ports before they open them.
import dgram from 'node:dgram';

// Below Linux's ephemeral range (32768 and up), so that no outgoing socket takes one meanwhile, and outside the worker's range.
// Each process starts at another port, because several run tests at a time.
const kFirstPort = 20_000;
const kLastPort = 27_999;
const kPortsForOneProcess = 40;
const kProcessSlots = (kLastPort + 1 - kFirstPort) / kPortsForOneProcess;

/** The worker's range, between kLastPort and the ephemeral ports. */
export const workerPortRange = { rtcMinPort: 28_000, rtcMaxPort: 32_767 };

let nextPort = kFirstPort + (process.pid % kProcessSlots) * kPortsForOneProcess;

function bindable(port, ip) {
  const socket = dgram.createSocket(ip.includes(':') ? 'udp6' : 'udp4');
  return new Promise(resolve => {
    socket.once('error', () => socket.close(() => resolve(false)));
    socket.bind(port, ip, () => socket.close(() => resolve(true)));
  });
}

/** Returns a free even port whose odd successor is free too: RTP and RTCP (RFC 3550, section 11). */
export async function freePortPair(ip) {
  for (let tries = 0; tries < (kLastPort - kFirstPort) / 2; ++tries) {
    const port = nextPort;
    nextPort = port + 2 > kLastPort ? kFirstPort : port + 2;
    if ((await bindable(port, ip)) && (await bindable(port + 1, ip))) {
      return port;
    }
  }
  throw new Error(`no two free UDP ports between ${kFirstPort} and ${kLastPort} on ${ip}`);
}
