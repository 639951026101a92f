// Prints the results in columns, for a terminal.
import { floorBinary } from './floor.mjs';
import { overloadColumns, summariseOverload } from './overload.mjs';
import { ratiosOf, ratioText, wishText } from './ratios.mjs';
import { forwardedPerSecond } from './scenes.mjs';
import { median, marksText, summarise } from './statistics.mjs';

const kilobytes = bytes => (bytes / 1024).toFixed(1);
// With fewer consumers, the worker's own memory at the start of traffic would count as theirs.
const kManyConsumers = 500;
const memoryText = ({ consumers }, bytes) => (consumers < kManyConsumers ? '-' : kilobytes(bytes));
const wholeText = value => value?.toFixed(0) ?? '-';
const percent = share => (100 * share).toFixed(0);

const columns = [
  { title: 'us/packet', width: 10, text: ({ cpuMicrosPerPacket }) => cpuMicrosPerPacket.toFixed(2) },
  { title: 'packets/s', width: 10, text: ({ packetsPerSecond }) => packetsPerSecond.toFixed(0) },
  { title: 'loss %', width: 8, text: ({ lossPercent }) => lossPercent.toFixed(3) },
  { title: 'p50 us', width: 8, text: ({ p50 }) => wholeText(p50) },
  { title: 'p99 us', width: 8, text: ({ p99 }) => wholeText(p99) },
  { title: 'p99.9 us', width: 9, text: ({ p999 }) => wholeText(p999) },
  { title: 'worker %', width: 9, text: ({ workerShare }) => percent(workerShare) },
  { title: 'load %', width: 7, text: ({ loadShare }) => percent(loadShare) },
  { title: 'KiB/consumer', width: 13, text: figures => memoryText(figures, figures.bytesPerConsumer) },
  { title: 'KiB/transport', width: 14, text: figures => memoryText(figures, figures.bytesPerTransport) },
];

export function pointTitle(scene, point) {
  if (point.x === null) {
    return scene.title;
  }
  const label = typeof point.x === 'number' && !Number.isInteger(point.x) ? `${percent(point.x)} %` : point.x;
  return ['latency', 'overload'].includes(scene.kind) ? `${scene.title}, ${label}` : scene.title.replace('N', point.x);
}

/** The cells of the first two columns and the functions for the others. */
function row(title, name, cells, note = '', widths = columns.map(({ width }) => width)) {
  const line = `${title.padEnd(27)} ${name.padEnd(24)}${cells.map((cell, index) => cell.padStart(widths[index])).join('')}`;
  return `${line}${note && `  ${note}`}`.trimEnd();
}

function pointRows(scene, point) {
  const rows = Object.entries(point.runs).map(([name, runs], index) => {
    const summary = summarise(runs);
    const cells = summary.figures ? columns.map(({ text }) => text(summary.figures)) : ['-'];
    return row(index === 0 ? pointTitle(scene, point) : '', name, cells, marksText(summary));
  });
  return scene.floor ? [...rows, ratioRow(scene, point)] : rows;
}

function ratioRow({ floor: { must, target } }, point) {
  const binaries = Object.keys(point.runs)
    .filter(name => name !== floorBinary.name)
    .map(name => ({ name }));
  const { peer, floor } = ratiosOf(point, binaries);
  const ratios = [
    ...(binaries.length > 1 ? [`${binaries[0].name} to ${binaries[1].name} ${ratioText(peer)}`] : []),
    `to the floor ${ratioText(floor)}`,
  ];
  return `${''.padEnd(27)} ${ratios.join(', ')}; it must be ${wishText(must)}; target ${wishText(target)}`;
}

const limitTexts = {
  worker: 'its limit',
  load: 'the load could not do more: the limit is higher',
  none: 'no limit found',
};

/** Summarizes the searches of one binary: medians, and the limits that they found. */
export function summariseSearches(searches) {
  const limits = [...new Set(searches.map(({ limit }) => limit))];
  return {
    packetsPerSecond: median(searches.map(({ packetsPerSecond }) => packetsPerSecond)),
    workerShare: median(searches.map(({ workerShare }) => workerShare)),
    limit: limits.length === 1 ? limits[0] : 'load',
    text: limits.map(limit => limitTexts[limit]).join('; '),
  };
}

function capacityRows(scene) {
  return Object.entries(scene.searches).map(([name, searches], index) => {
    const { packetsPerSecond, workerShare, text } = summariseSearches(searches);
    const figures = `${packetsPerSecond.toFixed(0)} packets/s with loss below 0.1 %, worker ${percent(workerShare)} %: ${text}`;
    return `${(index === 0 ? scene.title : '').padEnd(27)} ${name.padEnd(24)} ${figures}`;
  });
}

/** Overloaded workers have a separate heading, with other figures. */
function overloadRows(scene) {
  const widths = overloadColumns.map(({ title }) => title.length + 3);
  const line = (title, name, cells, note) => row(title, name, cells, note, widths);
  return scene.points.flatMap(point => [
    line(
      '',
      '',
      overloadColumns.map(({ title }) => title),
    ),
    ...Object.keys(point.runs).map((name, index) => {
      const { figures, ...summary } = summariseOverload(point, name);
      const cells = figures ? overloadColumns.map(({ text }) => text(figures)) : ['-'];
      return line(index === 0 ? pointTitle(scene, point) : '', name, cells, marksText(summary));
    }),
  ]);
}

/** @param {object[]} results see compare() */
export function formatResults(results) {
  const lines = [
    row(
      'scene',
      'worker',
      columns.map(({ title }) => title),
    ),
  ];
  for (const scene of results) {
    if (scene.kind === 'capacity') {
      lines.push(...capacityRows(scene));
    } else if (scene.kind === 'overload') {
      lines.push(...overloadRows(scene));
    } else {
      lines.push(...scene.points.flatMap(point => pointRows(scene, point)));
    }
  }
  return lines;
}

/** "1 x 300 video + 50 audio packets/s in bursts of 4 x 964 bytes to 40, AEAD_AES_128_GCM". */
export function describeLoad(load) {
  const { producers, consumers, pps, audioPps, talkers, burst, size, lastLarger, suite } = load;
  const parts = [
    ...(pps > 0 ? [`${pps} video`] : []),
    ...(audioPps > 0 ? [`${audioPps} audio${talkers < producers ? ` (of ${talkers})` : ''}`] : []),
  ];
  const bursts = pps > 0 ? ` in bursts of ${burst} x ${size}${lastLarger && burst > 1 ? '+1' : ''} bytes` : '';
  return (
    `${producers} x ${parts.join(' + ')} packets/s${bursts} to ${consumers}, ${suite === 'none' ? 'plain RTP' : suite}: ` +
    `${forwardedPerSecond(load)} packets/s`
  );
}
