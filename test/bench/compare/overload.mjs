// The figures of an overloaded worker.
import { overloadMarksOf, summarise } from './statistics.mjs';

const percent = digits => share => (100 * share).toFixed(digits);
const milliseconds = micros => (micros / 1000).toFixed(1);

/** name: in a report; title: in a terminal. The figures are those of summariseOverload(). */
export const overloadColumns = [
  { name: 'offered, packets/s', title: 'offered/s', text: ({ offeredPerSecond }) => offeredPerSecond.toFixed(0) },
  { name: 'delivered, packets/s', title: 'delivered/s', text: ({ packetsPerSecond }) => packetsPerSecond.toFixed(0) },
  { name: 'that is, of its capacity, %', title: 'of capacity %', text: ({ ofCapacity }) => percent(0)(ofCapacity) },
  { name: 'video delivered, %', title: 'video %', text: ({ videoDelivered }) => percent(1)(videoDelivered) },
  { name: 'audio lost, %', title: 'audio loss %', text: ({ audioLossPercent }) => audioLossPercent.toFixed(3) },
  { name: 'audio latency p99, ms', title: 'audio p99 ms', text: ({ audioP99 }) => milliseconds(audioP99) },
  { name: 'video latency p99, ms', title: 'video p99 ms', text: ({ videoP99 }) => milliseconds(videoP99) },
  { name: 'answer to a request p99, ms', title: 'answer p99 ms', text: ({ requestP99 }) => milliseconds(requestP99) },
  { name: 'and the longest, ms', title: 'longest ms', text: ({ requestMax }) => milliseconds(requestMax) },
  { name: 'worker ready to run, %', title: 'worker %', text: ({ workerBusy }) => percent(0)(workerBusy) },
  { name: 'load, % of a CPU', title: 'load %', text: ({ loadShare }) => percent(0)(loadShare) },
];

/** Like summarise(), relative to the capacity of the same binary. */
export function summariseOverload(point, name) {
  const summary = summarise(point.runs[name] ?? [], overloadMarksOf);
  if (!summary.figures) {
    return summary;
  }
  const ofCapacity = summary.figures.packetsPerSecond / point.capacities[name];
  return { ...summary, figures: { ...summary.figures, ofCapacity } };
}
