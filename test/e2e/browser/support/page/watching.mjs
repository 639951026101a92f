// The notes of a page of the stage: each picture that it shows, each beep, and samples of getStats().
import { ageOf, contextOffset, kCells, sharedNow } from './source.mjs';

const kSampleMs = 250;
const kBeepMs = 1000;
const kFields = [
  'kind rid timestamp frameWidth frameHeight framesDecoded framesDropped freezeCount totalFreezesDuration keyFramesDecoded pliCount',
  'firCount nackCount packetsReceived packetsLost packetsDiscarded retransmittedPacketsReceived estimatedPlayoutTimestamp',
  'framesEncoded keyFramesEncoded packetsSent bytesSent retransmittedPacketsSent active qualityLimitationReason',
  'framesPerSecond jitterBufferDelay jitterBufferEmittedCount bytesReceived',
].flatMap(line => line.split(' '));

const worklet = `
// The silence between beeps is longer than any gap within one.
const kLoud = 0.05;
const kSilence = 0.3;
registerProcessor('onsets', class extends AudioWorkletProcessor {
  process([[samples]]) {
    if (samples?.some(value => Math.abs(value) > kLoud)) {
      if (currentTime - (this.loudAt ?? currentTime) > kSilence) {
        this.port.postMessage(currentTime);
      }
      this.loudAt = currentTime;
    }
    return true;
  }
});`;

/** Adds the getStats() of the stream to `samples`, four times per second. */
export function sample(stream, samples) {
  const timer = setInterval(async () => {
    if (stream.closed) {
      clearInterval(timer);
      return;
    }
    const time = sharedNow();
    for (const entry of (await stream.getStats()).values()) {
      if (entry.type === 'inbound-rtp' || entry.type === 'outbound-rtp') {
        const values = kFields.filter(name => entry[name] !== undefined).map(name => [name, entry[name]]);
        samples.push({ time, ...Object.fromEntries(values) });
      }
    }
  }, kSampleMs);
}

/** Adds each shown picture to `frames`: { time, width, height, age }, in milliseconds; `age`: since it was made. */
export function watchFrames(video, frames, { readCells }) {
  const canvas = new OffscreenCanvas(kCells, 1);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  const cells = () => {
    // The centre of each cell.
    context.drawImage(video, 0, video.videoHeight / 20, video.videoWidth, video.videoHeight / 40, 0, 0, kCells, 1);
    const { data } = context.getImageData(0, 0, kCells, 1);
    return Array.from({ length: kCells }, (_, i) => data[4 * i + 1]);
  };
  const onFrame = (_, { presentationTime, width, height, rtpTimestamp }) => {
    const time = performance.timeOrigin + presentationTime;
    frames.push({ time, width, height, rtpTimestamp, age: readCells ? ageOf(cells(), time) : undefined });
    video.requestVideoFrameCallback(onFrame);
  };
  video.requestVideoFrameCallback(onFrame);
}

/** Adds each detected beep to `beeps`: { time, age }. */
export async function watchBeeps(track, beeps) {
  const context = new AudioContext({ sampleRate: 48_000 });
  const url = URL.createObjectURL(new Blob([worklet], { type: 'text/javascript' }));
  await context.audioWorklet.addModule(url);
  const node = new AudioWorkletNode(context, 'onsets');
  node.port.onmessage = ({ data }) => {
    const time = contextOffset(context) + 1000 * data;
    beeps.push({ time, age: time % kBeepMs });
  };
  setInterval(() => contextOffset(context), 50);
  new MediaStreamAudioSourceNode(context, { mediaStream: new MediaStream([track]) }).connect(node);
}
