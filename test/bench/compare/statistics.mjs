// Figures out of several runs of one thing.

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Loss, in percent, that still counts as none. */
export const lossLimit = 0.1;

/**
 * Why a run's figures are not to be taken as they are. 'corrupt' and 'nothing': not at all. 'late', 'overflow': the load
 * and not the worker may have caused what was measured. 'loss': the worker did less work than it was given. 'failed':
 * the run did not come to its end.
 */
export function marksOf({ failed, corrupt, inspected, lateBursts, overflows, lossPercent }) {
  if (failed) {
    return ['failed'];
  }
  return [
    ...(inspected === 0 ? ['nothing'] : []),
    ...(corrupt > 0 ? ['corrupt'] : []),
    ...(lateBursts > 0 ? ['late'] : []),
    ...(overflows > 0 ? ['overflow'] : []),
    ...(lossPercent > lossLimit ? ['loss'] : []),
  ];
}

const kUseless = ['failed', 'nothing', 'corrupt'];

/**
 * The median of each figure over the runs without marks; if each has some, over those that mean anything at all.
 * `marks`: of which run, and with how many of how many runs. null: no run means anything.
 */
export function summarise(runs) {
  const marked = runs.map(run => ({ run, marks: marksOf(run) }));
  const clean = marked.filter(({ marks }) => marks.length === 0);
  const usable = marked.filter(({ marks }) => !marks.some(mark => kUseless.includes(mark)));
  const used = clean.length > 0 ? clean : usable;
  const marks = countMarks(marked);
  if (used.length === 0) {
    return { marks, used: 0, runs: runs.length, clean: false, figures: null };
  }
  const names = Object.keys(used[0].run);
  const figures = Object.fromEntries(names.map(name => [name, median(used.map(({ run }) => run[name]))]));
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

/** "late in 1 of 3 runs", or nothing. */
export function marksText({ marks, used, runs, clean }) {
  const parts = Object.entries(marks).map(([mark, count]) => `${mark} in ${count} of ${runs}`);
  if (parts.length === 0) {
    return '';
  }
  return `${parts.join(', ')}${clean ? '; left out' : used === 0 ? '; no figures' : '; all used'}`;
}
