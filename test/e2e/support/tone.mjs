// Whether a tone goes on without a gap. Pure functions over samples.

// A window must be much shorter than an audio packet (20 ms), so that no lost one hides in it.
const kWindowSeconds = 0.005;
// The encoder needs a moment to settle, and the last packet is padded with silence.
const kSettleSeconds = 0.2;
const kTailSeconds = 0.05;
// Against the median of all windows. Opus holds a steady tone to a few percent.
const kLowestAmplitude = 0.7;
const kHighestAmplitude = 1.3;
// In turns, from one window to the next. A lost packet of 20 ms at 437 Hz jumps by a quarter of a turn.
const kHighestPhaseStep = 0.08;

/** Amplitude and phase (in turns) of the frequency in a window, the phase against a clock that starts at sample 0. */
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
 * Windows where the tone is too quiet, too loud, or out of step with the window before.
 * @param {Int16Array} samples
 * @returns {{seconds: number, windows: number, amplitude: number, faults: Array<{at: number, what: string}>}}
 */
export function examineTone(samples, { frequency, sampleRate }) {
  // Whole periods, or the result would depend on where in a period a window starts.
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
