// Statistics over several runs of a measurement.

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Returns the smallest value that this share of the values does not exceed; 0 if there are none. */
export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}

/** Loss, in percent, that still counts as none. */
export const lossLimit = 0.1;

/**
 * Returns why the figures of a run need care. 'corrupt', 'nothing': they are invalid. 'late', 'overflow': the load may be the
 * cause instead of the worker; 'backlog': or the kernel lost packets between them. 'loss': the worker did less work than it
 * was given, 'excess': more. 'failed': the run did not complete.
 */
export function marksOf(run) {
  const { lateBursts, lossPercent } = run;
  return [
    ...commonMarks(run),
    ...(lateBursts > 0 ? ['late'] : []),
    ...(lossPercent > lossLimit ? ['loss'] : []),
    ...(lossPercent < -lossLimit ? ['excess'] : []),
  ];
}

function commonMarks({ failed, corrupt, inspected, packetsPerSecond, overflows, backlogDrops }) {
  if (failed) {
    return ['failed'];
  }
  return [
    ...(inspected === 0 || packetsPerSecond === 0 ? ['nothing'] : []),
    ...(corrupt > 0 ? ['corrupt'] : []),
    ...(overflows > 0 ? ['overflow'] : []),
    ...(backlogDrops > 0 ? ['backlog'] : []),
  ];
}

/** Shares of one CPU. An overloaded worker always wants to run; above its limit, the load itself may be measured. */
export const overloadLimits = { worker: 0.98, load: 0.9, lateShare: 0.01 };

/**
 * The same for an overloaded worker, where loss is expected. 'idle': it was not overloaded. 'load': the load was near its own
 * limit. 'late': more than one burst in a hundred.
 */
export function overloadMarksOf(run) {
  const { lateBursts, bursts, workerBusy, loadShare } = run;
  return [
    ...commonMarks(run),
    ...(lateBursts > overloadLimits.lateShare * bursts ? ['late'] : []),
    ...(workerBusy < overloadLimits.worker ? ['idle'] : []),
    ...(loadShare >= overloadLimits.load ? ['load'] : []),
  ];
}

const kUseless = ['failed', 'nothing', 'corrupt'];

/**
 * Returns the median of each figure over the runs without marks; if all have marks, over the valid ones. `marks`: each mark with
 * the number of runs. Returns null if no run is valid.
 */
export function summarise(runs, marksOfRun = marksOf) {
  const marked = runs.map(run => ({ run, marks: marksOfRun(run) }));
  const clean = marked.filter(({ marks }) => marks.length === 0);
  const usable = marked.filter(({ marks }) => !marks.some(mark => kUseless.includes(mark)));
  const used = clean.length > 0 ? clean : usable;
  const marks = countMarks(marked);
  if (used.length === 0) {
    return { marks, used: 0, runs: runs.length, clean: false, figures: null };
  }
  const names = Object.keys(used[0].run);
  // null: figures that this machine does not provide.
  const medianOf = values => (values.includes(null) ? null : median(values));
  const figures = Object.fromEntries(names.map(name => [name, medianOf(used.map(({ run }) => run[name]))]));
  return { marks, used: used.length, runs: runs.length, clean: clean.length > 0, figures };
}

function countMarks(marked) {
  const counts = {};
  for (const { marks } of marked) {
    for (const mark of marks) {
      counts[mark] = (counts[mark] ?? 0) + 1;
    }
  }
  return counts;
}

/** Returns "late in 1 of 3 runs", or "". */
export function marksText({ marks, used, runs, clean }) {
  const parts = Object.entries(marks).map(([mark, count]) => `${mark} in ${count} of ${runs}`);
  if (parts.length === 0) {
    return '';
  }
  return `${parts.join(', ')}${clean ? '; left out' : used === 0 ? '; no figures' : '; all used'}`;
}
