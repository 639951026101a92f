// The picture and the sound that a page of the stage publishes. Both contain the time at which they were made, by a clock that
// all pages share: the upper edge of the picture is the time in binary, as black and white cells; the sound beeps each second.

export const kCells = 20;
const kTimeBits = 16;
const kRange = 1 << kTimeBits;
const kEdge = 1 / 8;
const kBeepSeconds = 0.1;
const kBeepHertz = 1000;
const kShapes = 12;

/** Returns milliseconds of a clock that all pages of the machine share. */
export function sharedNow() {
  return performance.timeOrigin + performance.now();
}

/** Returns the offset, in milliseconds, of the shared clock to the audio context. */
export function contextOffset(context) {
  // The context's time advances in steps: the smallest difference is just after a step.
  const now = sharedNow() - 1000 * context.currentTime;
  context.leastOffset = Math.min(context.leastOffset ?? now, now);
  return context.leastOffset;
}

function checksum(time) {
  return (time ^ (time >> 4) ^ (time >> 8) ^ (time >> 12)) & 0xf;
}

/** Returns time and checksum as cells, the highest bit first. */
function cellsOf(milliseconds) {
  const time = Math.floor(milliseconds) % kRange;
  const code = (time << (kCells - kTimeBits)) | checksum(time);
  return Array.from({ length: kCells }, (_, i) => (code >> (kCells - 1 - i)) & 1);
}

/** Returns the age of a picture in milliseconds, by the brightness of its cells, or null if their checksum is wrong. */
export function ageOf(brightness, now) {
  const code = brightness.reduce((sum, value) => 2 * sum + (value > 127 ? 1 : 0), 0);
  const time = code >> (kCells - kTimeBits);
  if (checksum(time) !== (code & 0xf)) {
    return null;
  }
  // Modulo a minute. Only clock errors make a picture look newer than now.
  const age = (now - time) % kRange;
  return age > kRange / 2 ? age - kRange : age;
}

function draw(context, { width, height }) {
  const now = sharedNow();
  const edge = Math.ceil(height * kEdge);
  const gradient = context.createLinearGradient(0, 0, width, height);
  gradient.addColorStop(0, `hsl(${(now / 50) % 360} 60% 30%)`);
  gradient.addColorStop(1, `hsl(${(now / 70 + 180) % 360} 60% 60%)`);
  context.fillStyle = gradient;
  context.fillRect(0, 0, width, height);
  for (let i = 0; i < kShapes; ++i) {
    const turn = now / (900 + 130 * i) + i;
    context.fillStyle = `hsl(${30 * i} 80% 50%)`;
    context.fillRect(
      width * (0.45 + 0.4 * Math.sin(turn)),
      height * (0.5 + 0.35 * Math.cos(1.3 * turn)),
      width / 14,
      height / 9,
    );
  }
  cellsOf(now).forEach((white, i) => {
    context.fillStyle = white ? '#fff' : '#000';
    context.fillRect((width * i) / kCells, 0, Math.ceil(width / kCells), edge);
  });
}

/** @returns {MediaStreamTrack} */
export function movingPicture({ width, height, rate }) {
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  document.body.append(canvas);
  const context = canvas.getContext('2d', { alpha: false });
  draw(context, canvas);
  setInterval(() => draw(context, canvas), 1000 / rate);
  const [track] = canvas.captureStream().getVideoTracks();
  return track;
}

/** @returns {MediaStreamTrack} */
export function beeps() {
  const context = new AudioContext({ sampleRate: 48_000 });
  const oscillator = new OscillatorNode(context, { frequency: kBeepHertz });
  const gain = new GainNode(context, { gain: 0 });
  const destination = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
  oscillator.connect(gain).connect(destination);
  oscillator.start();
  let scheduled = 0;
  setInterval(() => {
    const offset = contextOffset(context);
    const next = 1000 * Math.ceil((sharedNow() + 100) / 1000);
    if (next > scheduled) {
      scheduled = next;
      gain.gain.setValueAtTime(0.5, (next - offset) / 1000);
      gain.gain.setValueAtTime(0, (next - offset) / 1000 + kBeepSeconds);
    }
  }, 50);
  return destination.stream.getAudioTracks()[0];
}
