// Reads the tables EgressDump, IngressDump, TcpDump and PoolDump of the worker's dump by field id: they are our additions to
// FBS.Worker.DumpResponse (fbs/worker.fbs), which the controller's generated classes do not know.
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(import.meta.url);
const fbsFolder = path.join(path.dirname(require.resolve('mediasoup')), 'fbs');
const { Method } = require(path.join(fbsFolder, 'request'));
const { DumpResponse } = require(path.join(fbsFolder, 'worker'));

const kEgressFieldId = 4;
const kIngressFieldId = 5;
const kTcpFieldId = 7; // 6 is LoadDump
const kPoolFieldId = 9; // 8 is ChannelDump

/** Reads a table of a FlatBuffer by field id. Absent fields have the default of their type. */
class Table {
  #buffer;
  #position;

  constructor(buffer, position) {
    this.#buffer = buffer;
    this.#position = position;
  }

  string(id) {
    const at = this.#at(id);
    return at ? this.#buffer.__string(at) : '';
  }

  bool(id) {
    const at = this.#at(id);
    return at ? this.#buffer.readInt8(at) !== 0 : false;
  }

  /** Reads 64 bits; counters stay below 2^53. */
  number(id) {
    const at = this.#at(id);
    return at ? Number(this.#buffer.readUint64(at)) : 0;
  }

  numbers(id) {
    const kSize = 8;
    return this.#vector(id, kSize, at => Number(this.#buffer.readUint64(at)));
  }

  table(id) {
    const at = this.#at(id);
    return at ? new Table(this.#buffer, this.#buffer.__indirect(at)) : null;
  }

  tables(id) {
    const kSize = 4;
    return this.#vector(id, kSize, at => new Table(this.#buffer, this.#buffer.__indirect(at)));
  }

  #vector(id, elementSize, read) {
    const at = this.#at(id);
    const length = at ? this.#buffer.__vector_len(at) : 0;
    const start = at ? this.#buffer.__vector(at) : 0;
    return Array.from({ length }, (_, index) => read(start + index * elementSize));
  }

  /** Returns the offset of the field, or 0 if it is absent. The vtable begins with two sizes of 2 bytes each. */
  #at(id) {
    const offset = this.#buffer.__offset(this.#position, 4 + 2 * id);
    return offset ? this.#position + offset : 0;
  }
}

/** Turns a list of FBS.Worker.NamedCounter into an object: name to value. */
function counters(tables) {
  return Object.fromEntries(tables.map(table => [table.string(0), table.number(1)]));
}

function parseEgress(table) {
  return {
    mode: table.string(0),
    modeReason: table.string(1),
    zeroCopyEnabled: table.bool(2),
    gsoEnabled: table.bool(3),
    sends: table.number(4),
    datagrams: table.number(5),
    bytes: table.number(6),
    gsoSends: table.number(7),
    zeroCopySends: table.number(8),
    zeroCopyCopied: table.number(9),
    fallbacks: table.number(10),
    flushes: table.number(11),
    submits: table.number(12),
    queueFull: table.number(13),
    slotsInFlight: table.number(14),
    slotsInFlightMax: table.number(15),
    slotsTotal: table.number(16),
    drops: counters(table.tables(17)),
    sendErrors: counters(table.tables(18)),
    runLengths: table.numbers(19),
    batchSizes: table.numbers(20),
    paddedPackets: table.number(21),
    paddingBytes: table.number(22),
  };
}

function parseIngress(table) {
  return {
    datagrams: table.number(0),
    bytes: table.number(1),
    receiveCalls: table.number(2),
    drops: counters(table.tables(3)),
  };
}

function parseTcp(table) {
  return {
    listeners: table.number(0),
    connections: table.number(1),
    strangers: table.number(2),
    accepted: table.number(3),
    refused: table.number(4),
    acceptFailures: table.number(5),
    packetsReceived: table.number(6),
    bytesReceived: table.number(7),
    packetsSent: table.number(8),
    bytesSent: table.number(9),
    ended: counters(table.tables(10)),
    drops: counters(table.tables(11)),
  };
}

function parsePool(table) {
  return {
    limit: table.number(0),
    allocated: table.number(1),
    inUse: table.number(2),
    videoReserve: table.number(3),
    audioReserve: table.number(4),
    holders: Object.fromEntries(
      table.tables(5).map(holder => [holder.string(0), { packets: holder.number(1), limit: holder.number(2) }]),
    ),
    gapPacketsShed: table.number(6),
  };
}

/** @param response FBS.Response.Response to a WORKER_DUMP request */
export function parseWorkerDump(response) {
  const dump = new DumpResponse();
  response.body(dump);
  const table = new Table(dump.bb, dump.bb_pos);
  const egress = table.table(kEgressFieldId);
  const ingress = table.table(kIngressFieldId);
  const tcp = table.table(kTcpFieldId);
  const pool = table.table(kPoolFieldId);
  return {
    pid: dump.pid(),
    egress: egress && parseEgress(egress),
    ingress: ingress && parseIngress(ingress),
    tcp: tcp && parseTcp(tcp),
    pool: pool && parsePool(pool),
  };
}

/** @param channel the controller's channel: see `transport.channelForTesting` */
export async function workerDump(channel) {
  return parseWorkerDump(await channel.request(Method.WORKER_DUMP));
}
