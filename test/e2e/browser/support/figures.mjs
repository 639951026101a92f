// Computes the figures of a scenario from the notes of its pages. Pure functions, but for printFigures().

function between(entries, from, to) {
  return entries.filter(({ time }) => time >= from && time <= to);
}

function byRid(samples) {
  return Map.groupBy(samples, ({ rid = '' }) => rid);
}

/** Returns the growth of a counter in a span, over all layers. It is zero before its first sample. */
export function growth(samples, name, { from, to }) {
  let sum = 0;
  for (const layer of byRid(samples).values()) {
    const before = layer.findLast(({ time }) => time < from)?.[name] ?? 0;
    const after = layer.findLast(({ time }) => time <= to)?.[name] ?? before;
    sum += after - before;
  }
  return sum;
}

/** Counts key-frame requests: `most`, the maximum for a layer within `windowMs`, and `total`. */
export function keyFrameRequests(samples, { from, to }, windowMs = 1000) {
  let total = 0;
  let most = 0;
  for (const layer of byRid(samples).values()) {
    const asked = ({ pliCount = 0, firCount = 0 }) => pliCount + firCount;
    const inside = between(layer, from, to);
    inside.forEach((sample, i) => {
      const first = inside.findIndex(({ time }) => time > sample.time - windowMs);
      const start = Math.min(first, i);
      most = Math.max(most, asked(sample) - asked(inside[start]));
    });
    total += inside.length > 0 ? asked(inside.at(-1)) - asked(inside[0]) : 0;
  }
  return { total, most };
}

// W3C webrtc-stats: a freeze is an interval of three times, or 150 ms more than, the average. The browser averages over the
// pictures that it shows, so that one picture per second is no freeze; here the average is the published rate.
const kPictureMs = 1000 / 30;
const kFreezeMs = kPictureMs + 150;

/** Summarizes what a viewer saw in a span: `frozen` in percent of it, gaps in milliseconds. */
export function viewing({ samples, frames }, span) {
  const shown = between(frames, span.from, span.to);
  const times = [span.from, ...shown.map(({ time }) => time), span.to];
  const gaps = times.slice(1).map((time, i) => time - times[i]);
  const frozen = gaps.filter(gap => gap > kFreezeMs).reduce((sum, gap) => sum + gap, 0);
  const ages = shown.map(({ age }) => age).filter(age => age !== null && age !== undefined);
  return {
    frozen: (100 * Math.max(frozen, 1000 * growth(samples, 'totalFreezesDuration', span))) / (span.to - span.from),
    freezes: Math.max(gaps.filter(gap => gap > kFreezeMs).length, growth(samples, 'freezeCount', span)),
    longestGap: Math.max(...gaps),
    pictures: growth(samples, 'framesDecoded', span),
    perSecond: (1000 * growth(samples, 'framesDecoded', span)) / (span.to - span.from),
    dropped: growth(samples, 'framesDropped', span),
    // Pictures whose cells do not decode to a time.
    torn: shown.filter(({ age }) => age === null).length,
    backwards: shown.filter(({ time, age }, i) => i > 0 && time - age < shown[i - 1].time - shown[i - 1].age - 1)
      .length,
    keyFrames: growth(samples, 'keyFramesDecoded', span),
    asked: growth(samples, 'pliCount', span) + growth(samples, 'firCount', span),
    nacks: growth(samples, 'nackCount', span),
    lost: growth(samples, 'packetsLost', span),
    repaired: growth(samples, 'retransmittedPacketsReceived', span),
    age: median(ages),
  };
}

/**
 * Measures the time from each switch to the first picture of its width, and whether that width stayed until the next switch.
 * @param {Array<{time: number, width: number}>} switches
 */
export function switchTimes(frames, switches, end) {
  return switches.map(({ time, width }, i) => {
    const until = switches[i + 1]?.time ?? end;
    const shown = between(frames, time, until);
    const first = shown.find(frame => frame.width === width);
    return { width, took: first ? first.time - time : Infinity, stayed: shown.at(-1)?.width === width };
  });
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/** Measures per second how much later pictures are shown than the sound that was made with them. */
export function skews(frames, beeps, { from, to }) {
  const result = [];
  for (const { time, age } of between(beeps, from, to)) {
    const around = between(frames, time - 500, time + 500).map(frame => frame.age);
    const pictures = around.filter(each => each !== null && each !== undefined);
    if (pictures.length > 0) {
      result.push(median(pictures) - age);
    }
  }
  return result;
}

/** Returns the browser's own estimates of that skew, from sender reports: { time, skew }. */
export function reportedSkews(videoSamples, audioSamples, { from, to }) {
  const result = [];
  for (const { time, timestamp, estimatedPlayoutTimestamp: video } of between(videoSamples, from, to)) {
    // Both advance with time. The browser repeats an estimate for a while.
    const other = audioSamples.find(sample => Math.abs(sample.time - time) < 125 && sample.estimatedPlayoutTimestamp);
    if (video && other) {
      result.push({ time, skew: other.estimatedPlayoutTimestamp - other.timestamp - (video - timestamp) });
    }
  }
  return result;
}

/** Measures per second the error of the sender reports: the reported skew less the one of the content. */
export function reportErrors(seen, heard, { from, to }) {
  const reported = reportedSkews(seen.samples, heard.samples, { from, to });
  return between(heard.beeps, from, to).flatMap(beep => {
    const [shown] = skews(seen.frames, [beep], { from, to });
    const around = reported.filter(({ time }) => Math.abs(time - beep.time) < 500).map(({ skew }) => skew);
    return shown === undefined || around.length === 0 ? [] : [median(around) - shown];
  });
}

/** Prints one line: the title, then `name figure` pairs. */
export function printFigures(title, figures) {
  const text = Object.entries(figures).map(([name, value]) => {
    const figure = typeof value === 'number' && !Number.isInteger(value) ? value.toFixed(value < 10 ? 2 : 0) : value;
    return `${name} ${figure}`;
  });
  console.log(`${title}: ${text.join(', ')}`);
}
