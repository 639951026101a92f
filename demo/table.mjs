// Formats the tables of the demo. Pure functions of the measurements.

const kNothing = '-';

const streamColumns = [
  { title: 'stream', width: 24, left: true },
  { title: 'codec', width: 6 },
  { title: 'kb/s in', width: 9 },
  { title: 'packets', width: 9 },
  { title: 'lost', width: 6 },
  { title: 'round trip', width: 12 },
  { title: 'watched by', width: 12 },
  { title: 'kb/s out', width: 10 },
];

const sightColumns = [
  { title: 'visitor', width: 12, left: true },
  { title: 'gets', width: 24, left: true },
  { title: 'codec', width: 6 },
  { title: 'kb/s', width: 9 },
  { title: 'size', width: 9 },
  { title: 'pictures', width: 9 },
  { title: 'a second', width: 9 },
  { title: 'sound', width: 9 },
  { title: 'lost', width: 6 },
  { title: 'round trip', width: 12 },
];

function format(columns, rows) {
  const line = cells =>
    cells
      .map((cell, index) =>
        columns[index].left ? cell.padEnd(columns[index].width) : cell.padStart(columns[index].width),
      )
      .join('')
      .trimEnd();
  return [line(columns.map(({ title }) => title)), ...rows.map(line)];
}

function kilobits(bitsPerSecond) {
  return (bitsPerSecond / 1000).toFixed(1);
}

function milliseconds(value) {
  if (value === null) {
    return kNothing;
  }
  return value < 1 ? '< 1 ms' : `${value.toFixed(1)} ms`;
}

function listed(counts) {
  const parts = Object.entries(counts)
    .filter(([, value]) => value > 0)
    .map(([name, value]) => `${name} ${value}`);
  return parts.length > 0 ? parts.join(', ') : 'none';
}

/**
 * Formats the published streams, by the worker's statistics.
 * @param {Array<{name: string, kind: string, codec: string, bitrate: number, packets: number, lost: number,
 *   roundTripMs: number | null, watchers: number, bitrateOut: number}>} streams
 */
export function formatStreams(streams) {
  return format(
    streamColumns,
    streams.map(({ name, kind, codec, bitrate, packets, lost, roundTripMs, watchers, bitrateOut }) => [
      `${name}, ${kind}`,
      codec,
      kilobits(bitrate),
      String(packets),
      String(lost),
      milliseconds(roundTripMs),
      String(watchers),
      kilobits(bitrateOut),
    ]),
  );
}

/**
 * Formats the received streams, by the statistics of the visitors' browsers.
 * @param {Array<{visitor: string, name: string, kind: string, codec: string, bitrate: number, width: number,
 *   height: number, pictures: number, frameRate: number, soundSeconds: number, lost: number,
 *   roundTripMs: number | null}>} sights
 */
export function formatSights(sights) {
  return format(
    sightColumns,
    sights.map(sight => {
      const video = sight.kind === 'video';
      return [
        sight.visitor,
        `${sight.name}, ${sight.kind}`,
        sight.codec,
        kilobits(sight.bitrate),
        video ? `${sight.width}x${sight.height}` : kNothing,
        video ? String(sight.pictures) : kNothing,
        video ? sight.frameRate.toFixed(1) : kNothing,
        video ? kNothing : `${sight.soundSeconds.toFixed(1)} s`,
        String(sight.lost),
        milliseconds(sight.roundTripMs),
      ];
    }),
  );
}

/** @param {{cpuShare: number, egress: object | null}} worker */
export function formatWorker({ cpuShare, egress }) {
  const cpu = `worker: ${(cpuShare * 100).toFixed(1)} % of one CPU`;
  if (!egress) {
    return [cpu];
  }
  const perSend = egress.sends > 0 ? (egress.datagrams / egress.sends).toFixed(1) : '-';
  return [
    `${cpu}; ${egress.datagrams} datagrams out, ${perSend} a send; ` +
      `dropped: ${listed(egress.drops)}; errors: ${listed(egress.sendErrors)}`,
    `send backend: ${egress.mode} (${egress.modeReason}), zero copy ${egress.zeroCopyEnabled ? 'on' : 'off'}`,
  ];
}
