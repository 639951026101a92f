// Checks that a visitor sees moving pictures of another and hears sound.
import assert from 'node:assert/strict';
import { camera } from './room.mjs';
import { until } from './until.mjs';

// Share of the camera's frame rate that has to be shown: the machine may be busy.
const kFrameRateShare = 0.6;
// Pictures between two grabs, about a second.
const kPictures = 15;
// Brightness, of 255. The fake camera shows a green field; its moving figure covers a few percent.
const kDarkest = 10;
const kLeastChange = 0.2;
// The beep of the fake microphone has a thousand times this energy per second; silence with noise has a millionth of it.
const kLeastEnergy = 1e-4;

function difference(a, b) {
  return a.reduce((sum, value, index) => sum + Math.abs(value - b[index]), 0) / a.length;
}

function brightness(grab) {
  return grab ? grab.reduce((sum, value) => sum + value, 0) / grab.length : 0;
}

/** Returns the streams that `visitor` receives from `name`, by kind. */
export async function streamsFrom(visitor, name) {
  const streams = (await visitor.streams()).filter(stream => !stream.own && stream.name === name);
  return Object.fromEntries(streams.map(stream => [stream.kind, stream]));
}

async function everything(visitor, name) {
  return {
    ...(await streamsFrom(visitor, name)),
    states: await visitor.states(),
    status: await visitor.status(),
    errors: visitor.errors,
  };
}

/**
 * Waits until `visitor` decodes pictures and sound of `name`, then checks frame rate, movement and energy.
 * @returns the figures, for more assertions
 */
export async function assertSeesAndHears(visitor, name) {
  const look = () => everything(visitor, name);
  const first = await until(
    `${visitor.name} sees and hears ${name}`,
    look,
    ({ video, audio }) => video?.counters.pictures > 0 && audio?.counters.audioEnergy > 0,
  );
  const firstGrab = await until(
    `${visitor.name} is shown ${name}`,
    () => visitor.grab(name),
    grab => brightness(grab) > kDarkest,
  );
  const next = await until(
    `${visitor.name} goes on to see and hear ${name} (before: ${JSON.stringify(first)})`,
    look,
    ({ video, audio }) =>
      video.counters.pictures >= first.video.counters.pictures + kPictures &&
      audio.counters.audioEnergy > first.audio.counters.audioEnergy + kLeastEnergy,
  );
  const nextGrab = await visitor.grab(name);

  const seconds = (next.video.counters.timestamp - first.video.counters.timestamp) / 1000;
  const frameRate = (next.video.counters.pictures - first.video.counters.pictures) / seconds;
  const change = difference(firstGrab, nextGrab);
  const seen = JSON.stringify({ first, next, frameRate, brightness: brightness(nextGrab), change });
  assert.ok(frameRate >= kFrameRateShare * camera.rate, `the frame rate is too low: ${seen}`);
  assert.ok(brightness(nextGrab) > kDarkest, `the picture is black: ${seen}`);
  assert.ok(change > kLeastChange, `the picture stands still: ${seen}`);
  assert.deepEqual(visitor.errors, [], `errors on the page: ${seen}`);
  return { ...next, frameRate, seen };
}
