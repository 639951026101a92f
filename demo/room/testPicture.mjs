// The first participant: a moving picture and a tone from ffmpeg over plain RTP, so that a single visitor sees something.
import { startSender } from '../media/sender.mjs';

export const testPictureName = 'Test picture';

/** @returns the sending ffmpeg */
export async function startTestPicture(conference) {
  const { room } = conference;
  const video = await room.publish({ kind: 'video', mimeType: 'video/VP8' });
  const audio = await room.publish({ kind: 'audio', mimeType: 'audio/opus' });
  const sender = startSender({ ip: room.ip, video: video.target, audio: audio.target });
  conference.addGuest(testPictureName, [video.producer, audio.producer]);
  return sender;
}
