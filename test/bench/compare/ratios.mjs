// Ratios of our worker to another worker and to the floor.
import { floorBinary } from './floor.mjs';
import { summarise } from './statistics.mjs';

/** The first binary is ours, the next one, if any, the peer. Returns null if there are no figures. */
export function ratiosOf(point, binaries) {
  const cost = name => summarise(point.runs[name] ?? []).figures?.cpuMicrosPerPacket;
  const [own, peer] = binaries.map(({ name }) => cost(name));
  const floor = cost(floorBinary.name);
  return { peer: own && peer ? own / peer : null, floor: own && floor ? own / floor : null };
}

const names = { peer: 'of the other worker', floor: 'of the floor' };

/** {peer: 0.25, floor: 1.25} -> "0.25 of the other worker, 1.25 of the floor". */
export function wishText(wish) {
  return Object.entries(wish)
    .map(([name, ratio]) => `${Number(ratio.toFixed(3))} ${names[name]}`)
    .join(', ');
}

export function ratioText(ratio) {
  return ratio === null ? '-' : ratio.toFixed(2);
}
