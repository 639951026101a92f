// The limits that an attack must not exceed.

const kMiB = 1024 * 1024;

/** True in `make attack`: each attack lasts ten times as long. */
export const isLong = process.env.RINGCAST_ATTACK === 'long';
const kLongFactor = 10;
export const scaled = number => (isLong ? number * kLongFactor : number);

/** Share of the call's packets that may be lost. */
export const kCallLoss = 0.01;

/** CPU seconds per second for the call alone. It needs 0.02 on an idle machine, and several times that on a busy one. */
export const kCallCpuShare = 0.1;

/** CPU seconds per datagram of the attack: five times the 10 µs that a STUN request costs. */
export const kCpuPerDatagram = 50e-6;

/** CPU seconds for creating and closing the attacker's transports, and for the 10 ms resolution of procfs. */
export const kCpuForSetUp = 0.2;

/** Growth of resident memory during an attack: a third of the packet pool, and the attacker's transports. */
export const kPeakMemory = 24 * kMiB;

/** Growth that may remain after the attack: pools and tables keep their capacity for reuse. */
export const kLeftMemory = 16 * kMiB;

/** Growth for attacks with forwarded media, which is kept for retransmissions: the whole packet pool, and 8 MiB. */
export const kPoolMemory = 72 * kMiB;

export const kLogLinesPerSecond = 10;

/** Time for the response to a dump after the attack. */
export const kAnswerMs = 1000;
