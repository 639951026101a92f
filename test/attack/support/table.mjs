// The table of attacks in Markdown.

const kMiB = 1024 * 1024;
const grouped = number => Math.round(number).toLocaleString('en-US');

/** Returns the two most frequent drop reasons with their counts. */
function droppedText(drops) {
  const most = Object.entries(drops)
    .sort(([, one], [, other]) => other - one)
    .slice(0, 2);
  return most.map(([reason, count]) => `${grouped(count)} ${reason}`).join(', ');
}

function seen({ drops = {}, datagrams = 0, call, seconds, cpu, peakGrowth, logLines, saw }) {
  if (!call) {
    return saw;
  }
  return [
    saw,
    datagrams > 0 ? `${grouped(datagrams)} datagrams` : null,
    Object.keys(drops).length > 0 ? `dropped: ${droppedText(drops)}` : null,
    `the call lost ${grouped(call.lost)} of ${grouped(call.sent)}`,
    `CPU ${cpu.toFixed(2)} s of ${seconds.toFixed(1)} s`,
    `memory +${(Math.max(peakGrowth, 0) / kMiB).toFixed(1)} MiB`,
    `${logLines} log lines`,
  ]
    .filter(Boolean)
    .join('; ');
}

/** @param {object[]} results the rows that attacks.mjs recorded */
export function attackTable(results) {
  const cell = text => String(text).replaceAll('|', '\\|');
  const byFile = results.toSorted((one, other) => one.file.localeCompare(other.file));
  const rows = byFile.map(
    result =>
      `| ${cell(result.name)} | ${cell(result.worker)} | \`test/attack/${result.file}\` | ${cell(seen(result))} |`,
  );
  return ['| attack | what the worker does | tested in | what was seen |', '| --- | --- | --- | --- |', ...rows].join(
    '\n',
  );
}
