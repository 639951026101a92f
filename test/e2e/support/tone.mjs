// Finds gaps in a tone. Pure functions over samples.

// Much shorter than an audio packet (20 ms), so that a lost packet spans whole windows.
const kWindowSeconds = 0.005;
// The encoder needs a moment to settle, and it pads the last packet with silence.
const kSettleSeconds = 0.2;
const kTailSeconds = 0.05;
// Relative to the median of all windows. Opus keeps a steady tone within a few percent.
const kLowestAmplitude = 0.7;
const kHighestAmplitude = 1.3;
// In turns, between two windows. A lost packet of 20 ms at 437 Hz is a jump of a quarter turn.
const kHighestPhaseStep = 0.08;

/** Returns amplitude and phase (in turns) of the frequency in a window. The phase is relative to sample 0 of the stream. */
function analyse(samples, start, length, frequency, sampleRate) {
  let real = 0;
  let imaginary = 0;
  for (let i = start; i < start + length; ++i) {
    const angle = (2 * Math.PI * frequency * i) / sampleRate;
    real += samples[i] * Math.cos(angle);
    imaginary -= samples[i] * Math.sin(angle);
  }
  return {
    amplitude: (2 * Math.hypot(real, imaginary)) / length,
    phase: Math.atan2(imaginary, real) / (2 * Math.PI),
  };
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

/**
 * Finds windows in which the tone is too quiet, too loud, or out of phase with the window before.
 * @param {Int16Array} samples
 * @returns {{seconds: number, windows: number, amplitude: number, faults: Array<{at: number, what: string}>}}
 */
export function examineTone(samples, { frequency, sampleRate }) {
  // Whole periods: otherwise the result depends on where in a period a window begins.
  const periods = Math.max(1, Math.round(kWindowSeconds * frequency));
  const length = Math.round((periods * sampleRate) / frequency);
  const windows = [];
  for (
    let start = Math.round(kSettleSeconds * sampleRate);
    start + length <= samples.length - kTailSeconds * sampleRate;
    start += length
  ) {
    windows.push({ at: start / sampleRate, ...analyse(samples, start, length, frequency, sampleRate) });
  }
  const typical = windows.length > 0 ? median(windows.map(({ amplitude }) => amplitude)) : 0;
  const faults = [];
  windows.forEach(({ at, amplitude, phase }, index) => {
    const share = amplitude / typical;
    if (!(share >= kLowestAmplitude && share <= kHighestAmplitude)) {
      faults.push({ at, what: `amplitude ${share.toFixed(2)} of the median` });
      return;
    }
    const turn = index === 0 ? 0 : phase - windows[index - 1].phase;
    const step = Math.abs(turn - Math.round(turn));
    if (step > kHighestPhaseStep) {
      faults.push({ at, what: `the phase jumps by ${step.toFixed(2)} of a turn` });
    }
  });
  return { seconds: samples.length / sampleRate, windows: windows.length, amplitude: typical, faults };
}
