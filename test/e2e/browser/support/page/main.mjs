// A page of the stage. It publishes and watches under the control of the test, see ../Stage.mjs.
import { Device } from 'mediasoup-client';
import { beeps, movingPicture } from './source.mjs';
import { sample, watchBeeps, watchFrames } from './watching.mjs';

const transports = new Map();
// The notes of each stream, by the id of its producer or consumer.
const notes = new Map();
const video = Object.assign(document.createElement('video'), { autoplay: true, playsInline: true });
const media = new MediaStream();
let device;
let picture;

document.body.append(video);

globalThis.stage = {
  async load(routerRtpCapabilities) {
    device = await Device.factory();
    await device.load({ routerRtpCapabilities });
    return device.recvRtpCapabilities;
  },

  createTransport(direction, options) {
    const transport = direction === 'send' ? device.createSendTransport(options) : device.createRecvTransport(options);
    const { id } = transport;
    transport.on('connect', ({ dtlsParameters }, done, failed) => {
      globalThis.ask('connect', { id, dtlsParameters }).then(done, failed);
    });
    transport.on('produce', ({ kind, rtpParameters, appData }, done, failed) => {
      globalThis.ask('produce', { id, kind, rtpParameters, appData }).then(done, failed);
    });
    transports.set(id, transport);
  },

  async publish(transportId, { kind, mimeType, size, encodings, startKilobits, appData }) {
    picture ??= kind === 'video' ? movingPicture(size) : undefined;
    const producer = await transports.get(transportId).produce({
      track: kind === 'video' ? picture : beeps(),
      codec: device.sendRtpCapabilities.codecs.find(codec => codec.mimeType.toLowerCase() === mimeType.toLowerCase()),
      encodings,
      codecOptions: kind === 'video' ? { videoGoogleStartBitrate: startKilobits } : {},
      appData,
    });
    if (kind === 'video') {
      // On a busy machine the frame rate drops, not the size of the layers.
      const parameters = producer.rtpSender.getParameters();
      await producer.rtpSender.setParameters({ ...parameters, degradationPreference: 'maintain-resolution' });
    }
    notes.set(producer.id, { samples: [] });
    sample(producer, notes.get(producer.id).samples);
    return producer.id;
  },

  async watch(transportId, options, { readCells }) {
    const consumer = await transports.get(transportId).consume(options);
    const note = { samples: [], frames: [], beeps: [] };
    notes.set(consumer.id, note);
    media.addTrack(consumer.track);
    video.srcObject ??= media;
    if (consumer.kind === 'video') {
      watchFrames(video, note.frames, { readCells });
    } else if (readCells) {
      await watchBeeps(consumer.track, note.beeps);
    }
    sample(consumer, note.samples);
    video.play().catch(() => {});
  },

  /** Returns the notes of a stream. */
  noted: id => notes.get(id),
};
