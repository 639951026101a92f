// The sending ffmpeg: a moving test picture with a frame counter, and a tone.
import crypto from 'node:crypto';
import { Ffmpeg } from './Ffmpeg.mjs';
import { ffmpegSuite } from './sdp.mjs';

export const picture = { width: 640, height: 360, rate: 25 };
// 20 ms, the length of an Opus packet, are no whole number of periods: a lost packet shows as a jump of the phase.
export const tone = { frequency: 437, sampleRate: 48_000 };

// A key frame per second: ffmpeg ignores RTCP, so key frames cannot be requested.
const kKeyFrameInterval = picture.rate;
// Room for SRTP and for the IPv6 header below the MTU of an Ethernet.
const kPacketSize = 1200;

/** Master key and salt together (RFC 3711, section 8.2; RFC 7714, section 12), in octets. */
const keyLength = {
  AES_CM_128_HMAC_SHA1_80: 30,
  AES_CM_128_HMAC_SHA1_32: 30,
  AEAD_AES_128_GCM: 28,
  AEAD_AES_256_GCM: 44,
};

/** Returns a random key for the suite, in base64. */
export function newKey(cryptoSuite) {
  return crypto.randomBytes(keyLength[cryptoSuite]).toString('base64');
}

const videoEncoder = {
  'video/VP8': ['-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '8', '-keyint_min', `${kKeyFrameInterval}`],
  // Parameter sets before each key frame (x264's default unless they are in the header), no B frames.
  'video/H264': ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-profile:v', 'baseline'],
};

/** Returns the arguments of one RTP output, and of a copy in `recordTo` if given. */
function output({ ip, target, recordTo }) {
  const host = ip.includes(':') ? `[${ip}]` : ip;
  const options = ['f=rtp', `payload_type=${target.payloadType}`, `ssrc=${target.ssrc}`];
  if (target.srtp) {
    options.push(`srtp_out_suite=${ffmpegSuite[target.srtp.cryptoSuite]}`, `srtp_out_params=${target.srtp.keyBase64}`);
  }
  const scheme = target.srtp ? 'srtp' : 'rtp';
  const url = `${scheme}://${host}:${target.port}?rtcpport=${target.rtcpPort}&pkt_size=${kPacketSize}`;
  const copy = recordTo ? [`[f=nut]${recordTo}`] : [];
  return ['-f', 'tee', [`[${options.join(':')}]${url}`, ...copy].join('|')];
}

/**
 * @typedef {{port: number, rtcpPort: number, payloadType: number, ssrc: number, mimeType: string,
 *   srtp?: {cryptoSuite: string, keyBase64: string}}} Target the destination of a stream
 * @param {{ip: string, video: Target, audio: Target, seconds?: number, record?: {video: string, audio: string}}} what
 */
export function startSender({ ip, video, audio, seconds, record }) {
  const duration = seconds ? ['-t', `${seconds}`] : [];
  return new Ffmpeg('sender', [
    ...['-re', '-f', 'lavfi', '-i', `testsrc2=size=${picture.width}x${picture.height}:rate=${picture.rate}`],
    ...['-re', '-f', 'lavfi', '-i', `sine=frequency=${tone.frequency}:sample_rate=${tone.sampleRate}`],
    ...['-map', '0:v', ...duration, ...videoEncoder[video.mimeType], '-pix_fmt', 'yuv420p', '-b:v', '800k'],
    ...['-g', `${kKeyFrameInterval}`, ...output({ ip, target: video, recordTo: record?.video })],
    ...['-map', '1:a', ...duration, '-c:a', 'libopus', '-b:a', '48k', '-ac', '2'],
    ...output({ ip, target: audio, recordTo: record?.audio }),
  ]);
}
