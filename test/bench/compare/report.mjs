// Makes charts and Markdown for doc/performance.md from the figures of a comparison.
import { floorBinary } from './floor.mjs';
import { machineLines } from './machine.mjs';
import { overloadColumns, summariseOverload } from './overload.mjs';
import { ratiosOf, ratioText, wishText } from './ratios.mjs';
import { marksText, summarise } from './statistics.mjs';
import { lineChart } from './svg.mjs';
import { describeLoad, pointTitle, summariseSearches } from './table.mjs';

const kSweeps = ['consumers', 'producers'];
const kMemory = ['memory', 'memory-nack'];

/** Returns for each binary the points of a scene as [x, y], without points that have no valid figures. */
function seriesOf({ binaries, scene, x, y }) {
  return binaries.map(({ name }) => ({
    name,
    points: scene.points
      .map(point => ({ point, figures: summarise(point.runs[name] ?? []).figures }))
      .filter(({ figures }) => figures)
      .map(({ point, figures }) => [x(point, figures), y(figures)])
      .sort(([a], [b]) => a - b),
  }));
}

const charts = [
  {
    file: 'cpu-consumers.svg',
    scene: 'consumers',
    title: 'CPU time of a forwarded packet, 1 producer',
    x: { label: 'consumers', log: true, of: ({ x }) => x },
    y: { label: 'µs a packet', of: ({ cpuMicrosPerPacket }) => cpuMicrosPerPacket },
  },
  {
    file: 'cpu-producers.svg',
    scene: 'producers',
    title: 'CPU time of a forwarded packet, 10 consumers of every producer',
    x: { label: 'producers', log: true, of: ({ x }) => x },
    y: { label: 'µs a packet', of: ({ cpuMicrosPerPacket }) => cpuMicrosPerPacket },
  },
  ...[
    ['p50', 'median'],
    ['p99', '99 %'],
    ['p999', '99.9 %'],
  ].map(([figure, name]) => ({
    file: `latency-${figure}.svg`,
    scene: 'latency',
    title: `Latency over load, 1 to 40: ${name}`,
    x: { label: 'forwarded packets/s', log: true, of: (_, { packetsPerSecond }) => packetsPerSecond },
    y: { label: 'ms', log: true, of: figures => figures[figure] / 1000 },
  })),
];

/** Returns {file, text} of each chart that has figures. */
export function pictures({ binaries, results }) {
  return charts.flatMap(({ file, scene: sceneName, title, x, y }) => {
    const scene = results.find(({ name }) => name === sceneName);
    const series = scene ? seriesOf({ binaries, scene, x: x.of, y: y.of }) : [];
    const drawn = series.filter(({ points }) => points.length > 0);
    return drawn.length > 0 ? [{ file, text: lineChart({ title, x, y, series }) }] : [];
  });
}

function markdownTable(header, rows) {
  const line = cells => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line), ''];
}

function footnotes(notes) {
  return notes.length > 0 ? [...notes.map((note, index) => `[${index + 1}] ${note}  `), ''] : [];
}

function milliseconds(micros) {
  return (micros / 1000).toFixed(2);
}

/** Makes a row per point, with `text` of the figures of each binary, and footnotes for marked figures. */
function pointTable(heading, { binaries, scenes, text }) {
  const notes = [];
  const rows = scenes.flatMap(scene =>
    scene.points.map(point => [
      pointTitle(scene, point),
      ...binaries.map(({ name }) => {
        const summary = summarise(point.runs[name] ?? []);
        const note = marksText(summary);
        if (note) {
          notes.push(`${pointTitle(scene, point)}, ${name}: ${note}.`);
        }
        return `${summary.figures ? text(summary.figures) : '-'}${note ? ` [${notes.length}]` : ''}`;
      }),
    ]),
  );
  return [...markdownTable([heading, ...binaries.map(({ name }) => name)], rows), ...footnotes(notes)];
}

/** Returns the latency, which a run has only if packets arrive at the load. */
function withoutLatency(runs) {
  return Object.values(runs)
    .flat()
    .some(({ p50 }) => p50 === null);
}

function capacityTable({ binaries, scenes }) {
  const header = ['packets/s with less than 0.1 % lost', ...binaries.map(({ name }) => name)];
  return markdownTable(
    header,
    scenes.map(scene => [
      scene.title,
      ...binaries.map(({ name }) => {
        const searches = scene.searches[name] ?? [];
        if (searches.length === 0) {
          return '-';
        }
        const { packetsPerSecond, limit, workerShare } = summariseSearches(searches);
        const share = `worker at ${(100 * workerShare).toFixed(0)} %`;
        return `${limit === 'worker' ? '' : 'at least '}${packetsPerSecond.toFixed(0)} (${share})`;
      }),
    ]),
  );
}

/** Makes a column per binary. Figures of different scenes are not comparable. */
function overloadTables({ binaries, scenes }) {
  return scenes.flatMap(scene =>
    scene.points.flatMap(point => {
      const summaries = binaries.map(({ name }) => ({ name, ...summariseOverload(point, name) }));
      const rows = overloadColumns.map(({ name, text }) => [
        name,
        ...summaries.map(({ figures }) => (figures ? text(figures) : '-')),
      ]);
      const notes = summaries
        .map(({ name, ...summary }) => ({ name, note: marksText(summary) }))
        .filter(({ note }) => note)
        .map(({ name, note }) => `${pointTitle(scene, point)}, ${name}: ${note}.  `);
      return [
        ...markdownTable([pointTitle(scene, point), ...binaries.map(({ name }) => name)], rows),
        ...(notes.length > 0 ? [...notes, ''] : []),
      ];
    }),
  );
}

function loadLines(scenes) {
  return scenes.flatMap(scene =>
    scene.points.map(point => `- ${pointTitle(scene, point)}: ${describeLoad(point.load)}`),
  );
}

/** The first table: the figures that the project uses as targets. */
function ratioTable({ binaries, scenes }) {
  const [own, peer] = binaries;
  const measured = [...binaries, floorBinary];
  const header = [
    'CPU µs a packet',
    ...measured.map(({ name }) => name),
    ...(peer ? [`${own.name} to ${peer.name}`] : []),
    'to the floor',
    'must',
    'target',
  ];
  const notes = [];
  const rows = scenes.flatMap(scene =>
    scene.points.map(point => {
      const { peer: toPeer, floor: toFloor } = ratiosOf(point, binaries);
      const cells = measured.map(({ name }) => {
        const summary = summarise(point.runs[name] ?? []);
        const note = marksText(summary);
        if (note) {
          notes.push(`${pointTitle(scene, point)}, ${name}: ${note}.`);
        }
        return `${summary.figures?.cpuMicrosPerPacket.toFixed(2) ?? '-'}${note ? ` [${notes.length}]` : ''}`;
      });
      return [
        pointTitle(scene, point),
        ...cells,
        ...(peer ? [ratioText(toPeer)] : []),
        ratioText(toFloor),
        wishText(scene.floor.must),
        wishText(scene.floor.target),
      ];
    }),
  );
  return [...markdownTable(header, rows), ...footnotes(notes)];
}

/** Merges comparisons of the same binaries in different scenes. */
export function together(several) {
  const binaries = several.flatMap(figures => figures.binaries);
  return {
    ...several[0],
    parts: several,
    binaries: binaries.filter(({ name }, index) => binaries.findIndex(other => other.name === name) === index),
    results: several.flatMap(({ results }) => results),
  };
}

/** Removes repeated lines: several comparisons ran on the same machine. */
function headLines(figures) {
  return [...new Set((figures.parts ?? [figures]).flatMap(machineLines))];
}

/** Returns Markdown: machine, tables, charts and scenes. `folder`: of the charts, relative to the page. */
export function markdown(figures, folder) {
  const { binaries, results } = figures;
  const ofKind = kind => results.filter(scene => scene.kind === kind);
  const besideFloor = ofKind('points').filter(({ floor }) => floor);
  const fixed = ofKind('points').filter(({ name, floor }) => !floor && !kMemory.includes(name));
  const arriving = besideFloor.filter(({ points }) => points.every(({ runs }) => !withoutLatency(runs)));
  const memory = ofKind('points').filter(({ name }) => kMemory.includes(name));
  const section = (scenes, make) => (scenes.length > 0 ? make(scenes) : []);
  return [
    ...headLines(figures).map(line => `${line}  `),
    '',
    ...section(besideFloor, scenes => ratioTable({ binaries, scenes })),
    ...section(fixed, scenes =>
      pointTable('CPU µs a packet', {
        binaries,
        scenes,
        text: ({ cpuMicrosPerPacket }) => cpuMicrosPerPacket.toFixed(2),
      }),
    ),
    ...section([...arriving, ...fixed.filter(({ name }) => !kSweeps.includes(name)), ...ofKind('latency')], scenes =>
      pointTable('latency p50 / p99 / p99.9, ms', {
        binaries,
        scenes,
        text: ({ p50, p99, p999 }) => [p50, p99, p999].map(milliseconds).join(' / '),
      }),
    ),
    ...section(ofKind('capacity'), scenes => capacityTable({ binaries, scenes })),
    ...section(ofKind('overload'), scenes => overloadTables({ binaries, scenes })),
    ...section(memory, scenes =>
      pointTable('KiB a consumer + its transport', {
        binaries,
        scenes,
        text: ({ bytesPerConsumer, bytesPerTransport }) =>
          `${(bytesPerConsumer / 1024).toFixed(1)} + ${(bytesPerTransport / 1024).toFixed(1)}`,
      }),
    ),
    ...pictures(figures).map(({ file }) => `![${file.replace('.svg', '')}](${folder}/${file})\n`),
    'The loads:',
    '',
    ...loadLines(ofKind('points').filter(({ name }) => !kSweeps.includes(name))),
    '',
  ].join('\n');
}
