// Makes line charts as SVG: a line with points per series, on a light background.

const size = { width: 720, height: 420 };
const plot = { left: 78, right: 40, top: 74, bottom: 58 };
const colours = ['#1f6feb', '#d1570a', '#2da44e', '#8250df', '#57606a', '#bf3989'];
const font = 'font-family="system-ui, sans-serif"';
const kMostTicks = 9;

export function escapeText(text) {
  return String(text).replace(
    /[&<>"]/g,
    character => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[character],
  );
}

/** 1234567 -> "1,234,567"; 0.25 -> "0.25". */
export function numberText(value) {
  const [whole, fraction] = String(Number(value.toPrecision(6))).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction ? `${grouped}.${fraction}` : grouped;
}

/** Returns round ticks from 0 to at least the highest value. */
export function linearTicks(highest) {
  const top = highest > 0 ? highest : 1;
  const rough = top / 5;
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map(factor => factor * magnitude).find(value => value >= rough * (1 - 1e-9));
  const count = Math.ceil(top / step - 1e-9);
  return Array.from({ length: count + 1 }, (_, index) => Number((index * step).toPrecision(12)));
}

/** Returns ticks at 1, 2 and 5 of each power of ten around the values; only at the powers if these are too many. */
export function logTicks(lowest, highest) {
  const steps = [[1, 2, 5], [1, 3], [1]];
  const firstPower = Math.floor(Math.log10(lowest));
  const lastPower = Math.ceil(Math.log10(highest));
  let ticks = [];
  for (const factors of steps) {
    ticks = [];
    for (let power = firstPower; power <= lastPower; ++power) {
      ticks.push(...factors.map(factor => Number((factor * 10 ** power).toPrecision(12))));
    }
    const first = ticks.findLastIndex(tick => tick <= lowest);
    const last = ticks.findIndex(tick => tick >= highest);
    ticks = ticks.slice(Math.max(0, first), last < 0 ? undefined : last + 1);
    if (ticks.length <= kMostTicks) {
      break;
    }
  }
  return ticks.length > 1 ? ticks : [ticks[0], ticks[0] * 10];
}

/** Returns the scale of an axis: positions in pixels, and ticks. */
function makeAxis({ log = false }, values, from, to) {
  const ticks = log ? logTicks(Math.min(...values), Math.max(...values)) : linearTicks(Math.max(...values));
  const scale = log ? Math.log10 : value => value;
  const first = scale(ticks[0]);
  const span = scale(ticks.at(-1)) - first;
  return { ticks, place: value => from + ((scale(value) - first) / span) * (to - from) };
}

function textAt(x, y, text, attributes = '') {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${attributes}>${escapeText(text)}</text>`;
}

function grid(xAxis, yAxis, { x, y }) {
  const bottom = size.height - plot.bottom;
  const right = size.width - plot.right;
  return [
    ...yAxis.ticks.map(tick => {
      const at = yAxis.place(tick).toFixed(1);
      return (
        `<line x1="${plot.left}" y1="${at}" x2="${right}" y2="${at}" stroke="#d8dee4"/>` +
        textAt(plot.left - 8, Number(at) + 4, numberText(tick), 'text-anchor="end"')
      );
    }),
    ...xAxis.ticks.map(tick => {
      const at = xAxis.place(tick).toFixed(1);
      return (
        `<line x1="${at}" y1="${plot.top}" x2="${at}" y2="${bottom}" stroke="#eaeef2"/>` +
        textAt(Number(at), bottom + 18, numberText(tick), 'text-anchor="middle"')
      );
    }),
    `<path d="M${plot.left} ${plot.top}V${bottom}H${right}" fill="none" stroke="#57606a"/>`,
    textAt((plot.left + right) / 2, size.height - 14, x.label, 'text-anchor="middle"'),
    textAt(0, 0, y.label, `text-anchor="middle" transform="translate(18 ${(plot.top + bottom) / 2}) rotate(-90)"`),
  ];
}

function line({ points }, colour, xAxis, yAxis) {
  const places = points.map(([x, y]) => `${xAxis.place(x).toFixed(1)},${yAxis.place(y).toFixed(1)}`);
  return [
    `<polyline points="${places.join(' ')}" fill="none" stroke="${colour}" stroke-width="2.5" stroke-linejoin="round"/>`,
    ...places.map(place => {
      const [x, y] = place.split(',');
      return `<circle cx="${x}" cy="${y}" r="4" fill="${colour}" stroke="#ffffff" stroke-width="1.5"/>`;
    }),
  ];
}

function legend(series) {
  const kCharacterWidth = 7.2;
  let x = plot.left;
  return series.flatMap(({ name }, index) => {
    const at = x;
    x += 44 + name.length * kCharacterWidth;
    return [
      `<line x1="${at.toFixed(1)}" y1="52" x2="${(at + 22).toFixed(1)}" y2="52" stroke="${colourOf(index)}" stroke-width="3"/>`,
      textAt(at + 28, 56, name),
    ];
  });
}

function colourOf(index) {
  return colours[index % colours.length];
}

/**
 * @param {{title: string, x: {label: string, log?: boolean}, y: {label: string, log?: boolean},
 *   series: {name: string, points: [number, number][]}[]}} chart a logarithmic axis omits values of 0 and below
 */
export function lineChart({ title, x, y, series }) {
  const shown = series.map(({ name, points }) => ({
    name,
    points: points.filter(([px, py]) => (!x.log || px > 0) && (!y.log || py > 0)),
  }));
  const all = shown.flatMap(({ points }) => points);
  if (all.length === 0) {
    throw new Error(`nothing to draw in "${title}"`);
  }
  const bottom = size.height - plot.bottom;
  const xAxis = makeAxis(
    x,
    all.map(([value]) => value),
    plot.left,
    size.width - plot.right,
  );
  const yAxis = makeAxis(
    y,
    all.map(([, value]) => value),
    bottom,
    plot.top,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" width="${size.width}" ` +
      `height="${size.height}" ${font} font-size="13" fill="#24292f" role="img">`,
    `<title>${escapeText(title)}</title>`,
    '<rect width="100%" height="100%" fill="#ffffff"/>',
    textAt(plot.left, 28, title, 'font-size="16" font-weight="600"'),
    ...legend(shown),
    ...grid(xAxis, yAxis, { x, y }),
    ...shown.flatMap((one, index) => line(one, colourOf(index), xAxis, yAxis)),
    '</svg>',
    '',
  ].join('\n');
}
