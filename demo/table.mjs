// The live table as text. Pure: what is shown is a function of what was measured.

const columns = [
  { title: '', width: 36, left: true },
  { title: 'video kb/s', width: 11 },
  { title: 'packets', width: 9 },
  { title: 'pictures', width: 9 },
  { title: 'audio kb/s', width: 12 },
  { title: 'packets', width: 9 },
  { title: 'sound', width: 9 },
  { title: 'lost', width: 6 },
];

function line(cells) {
  return cells
    .map((cell, index) => (columns[index].left ? cell.padEnd(columns[index].width) : cell.padStart(columns[index].width)))
    .join('')
    .trimEnd();
}

function kilobits(bitsPerSecond) {
  return (bitsPerSecond / 1000).toFixed(1);
}

function listed(counts) {
  const parts = Object.entries(counts)
    .filter(([, value]) => value > 0)
    .map(([name, value]) => `${name} ${value}`);
  return parts.length > 0 ? parts.join(', ') : 'none';
}

/**
 * @typedef {{name: string, video: {bitrate: number, packets: number}, audio: {bitrate: number, packets: number},
 *   pictures: number, soundSeconds: number, lost: number}} Row
 * @param {Row[]} rows
 */
export function formatTable(rows) {
  const body = rows.map(({ name, video, audio, pictures, soundSeconds, lost }) =>
    line([
      name,
      kilobits(video.bitrate),
      String(video.packets),
      String(pictures),
      kilobits(audio.bitrate),
      String(audio.packets),
      `${soundSeconds.toFixed(1)} s`,
      String(lost),
    ]),
  );
  return [line(columns.map(({ title }) => title)), ...body];
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
