// Computes how the worker sent between two readings of its counters. Pure functions.

// Longer batches are counted together.
const kShownLengths = [1, 2, 3, 4, 5, 6, 7, 8];

/**
 * @typedef {{sends: number, datagrams: number, runLengths: number[]}} Egress of the worker's dump; runLengths[i]: sends
 *   of i + 1 datagrams
 * @typedef {{egress: Egress, cpuNanoseconds: number, videoPackets: number, videoBytes: number, pictures: number}} Look
 *   videoPackets, videoBytes: received; pictures: encoded by the browser
 * @param {{before: Look, after: Look, seconds: number, consumers: number}} stretch consumers: of each stream
 */
export function sendFigures({ before, after, seconds, consumers }) {
  const difference = name => after[name] - before[name];
  const runLengths = after.egress.runLengths.map((count, index) => count - (before.egress.runLengths[index] ?? 0));
  const datagrams = after.egress.datagrams - before.egress.datagrams;
  const sends = after.egress.sends - before.egress.sends;
  const inRuns = datagrams - runLengths[0];
  return {
    kilobitsIn: (8 * difference('videoBytes')) / seconds / 1000,
    picturesPerSecond: difference('pictures') / seconds,
    packetsPerPicture: difference('videoPackets') / difference('pictures'),
    datagramsPerSecond: datagrams / seconds,
    datagramsPerSend: datagrams / sends,
    shareInRuns: inRuns / datagrams,
    // Audio is sent packet by packet, so batches contain video.
    shareOfVideoInRuns: inRuns / (consumers * difference('videoPackets')),
    cpuMicrosPerDatagram: difference('cpuNanoseconds') / 1000 / datagrams,
    runLengths,
  };
}

const columns = [
  { title: 'kb/s in', text: ({ kilobitsIn }) => kilobitsIn.toFixed(0) },
  { title: 'pictures/s', text: ({ picturesPerSecond }) => picturesPerSecond.toFixed(1) },
  { title: 'packets each', text: ({ packetsPerPicture }) => packetsPerPicture.toFixed(2) },
  { title: 'sent/s', text: ({ datagramsPerSecond }) => datagramsPerSecond.toFixed(0) },
  { title: 'a send', text: ({ datagramsPerSend }) => datagramsPerSend.toFixed(2) },
  { title: 'in runs %', text: ({ shareInRuns }) => (100 * shareInRuns).toFixed(1) },
  { title: 'of video %', text: ({ shareOfVideoInRuns }) => (100 * shareOfVideoInRuns).toFixed(1) },
  { title: 'CPU us each', text: ({ cpuMicrosPerDatagram }) => cpuMicrosPerDatagram.toFixed(2) },
];
const kTitleWidth = 34;

function line(title, cells) {
  return `${title.padEnd(kTitleWidth)}${cells.map((cell, index) => cell.padStart(columns[index].title.length + 3)).join('')}`;
}

export function sendsHeader() {
  return line(
    '',
    columns.map(({ title }) => title),
  );
}

export function sendsRow(title, figures) {
  return line(
    title,
    columns.map(({ text }) => text(figures)),
  );
}

/** Counts sends by their number of datagrams. */
export function histogramHeader() {
  const last = kShownLengths.at(-1);
  return `${''.padEnd(kTitleWidth)}${[...kShownLengths, `over ${last}`].map(length => String(length).padStart(9)).join('')}`;
}

export function histogramRow(title, { runLengths }) {
  const shown = kShownLengths.map(length => runLengths[length - 1] ?? 0);
  const longer = runLengths.slice(kShownLengths.length).reduce((sum, count) => sum + count, 0);
  return `${title.padEnd(kTitleWidth)}${[...shown, longer].map(count => String(count).padStart(9)).join('')}`;
}
