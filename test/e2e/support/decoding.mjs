// Decodes pictures from RTP packets with ffmpeg.
import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { bodyOf, obuElements } from '../../support/captures.mjs';

const run = promisify(execFile);
const kStartCode = Buffer.from([0, 0, 0, 1]);
const kLimits = { maxBuffer: 1 << 28 };

/** Returns the NAL units of a picture's packets (RFC 6184, sections 5.6 to 5.8), each behind a start code. */
function annexB(payloads) {
  const parts = [];
  for (const payload of payloads) {
    const type = payload[0] & 0x1f;
    if (type === 24) {
      for (let offset = 1; offset < payload.length; ) {
        const size = payload.readUInt16BE(offset);
        parts.push(kStartCode, payload.subarray(offset + 2, offset + 2 + size));
        offset += 2 + size;
      }
    } else if (type === 28) {
      if (payload[1] & 0x80) {
        parts.push(kStartCode, Buffer.from([(payload[0] & 0xe0) | (payload[1] & 0x1f)]));
      }
      parts.push(payload.subarray(2));
    } else {
      parts.push(kStartCode, payload);
    }
  }
  return Buffer.concat(parts);
}

function leb128(value) {
  const bytes = [];
  do {
    bytes.push((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
    value >>= 7;
  } while (value > 0);
  return Buffer.from(bytes);
}

/** Returns a temporal unit in the low-overhead format: a delimiter, then OBUs with sizes (AV1 specification, section 5.3). */
function temporalUnit(payloads) {
  const obus = [];
  for (const payload of payloads) {
    const { elements, continues } = obuElements(payload);
    elements.forEach((element, i) => {
      if (i === 0 && continues) {
        obus.push(Buffer.concat([obus.pop(), element]));
      } else {
        obus.push(element);
      }
    });
  }
  const kDelimiter = Buffer.from([0x12, 0]);
  const kHasSize = 0x02;
  const parts = obus.map(obu => {
    const headerSize = obu[0] & 0x04 ? 2 : 1;
    const header = Buffer.from(obu.subarray(0, headerSize));
    header[0] |= kHasSize;
    return Buffer.concat([header, leb128(obu.length - headerSize), obu.subarray(headerSize)]);
  });
  return Buffer.concat([kDelimiter, ...parts]);
}

function chunkOf(codec, packets) {
  const payloads = packets.map(({ payload }) => payload);
  if (codec === 'H264') {
    return annexB(payloads);
  }
  return codec === 'AV1' ? temporalUnit(payloads) : Buffer.concat(payloads.map(payload => bodyOf(codec, payload)));
}

const formats = {
  VP8: { fourcc: 'VP80', decoder: 'libvpx' },
  VP9: { fourcc: 'VP90', decoder: 'libvpx-vp9' },
  AV1: { fourcc: 'AV01', decoder: 'libdav1d' },
  H264: { decoder: 'h264' },
};

/** Returns an IVF file: a header of 32 bytes, then each chunk behind its size and time. */
function ivf(fourcc, chunks) {
  const header = Buffer.alloc(32);
  header.write('DKIF', 0);
  header.writeUInt16LE(32, 6);
  header.write(fourcc, 8);
  header.writeUInt16LE(640, 12);
  header.writeUInt16LE(360, 14);
  header.writeUInt32LE(15, 16);
  header.writeUInt32LE(1, 20);
  header.writeUInt32LE(chunks.length, 24);
  const parts = chunks.flatMap((chunk, i) => {
    const head = Buffer.alloc(12);
    head.writeUInt32LE(chunk.length, 0);
    head.writeUInt32LE(i, 4);
    return [head, chunk];
  });
  return Buffer.concat([header, ...parts]);
}

/**
 * Decodes pictures, each given as its packets.
 * @returns {Promise<{sums: string[], complaints: string}>} sums: size and checksum of each decoded picture; complaints: the
 *   errors that the decoder printed
 */
export async function decode(codec, pictures) {
  const { fourcc, decoder } = formats[codec];
  const chunks = pictures.map(packets => chunkOf(codec, packets));
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'ringcast-capture-'));
  try {
    const file = path.join(folder, fourcc ? 'capture.ivf' : 'capture.h264');
    await fs.writeFile(file, fourcc ? ivf(fourcc, chunks) : Buffer.concat(chunks));
    // Keeps each picture: neither scaled to the size of the first nor repeated to keep a frame rate.
    const input = ['-v', 'warning', '-threads', '1', '-err_detect', 'explode', '-c:v', decoder, '-i', file];
    const output = ['-autoscale', '0', '-fps_mode', 'passthrough', '-f', 'framemd5', '-'];
    const { stdout, stderr } = await run('ffmpeg', ['-hide_banner', '-nostdin', ...input, ...output], kLimits);
    const lines = stdout.split('\n').filter(line => line && !line.startsWith('#'));
    const sums = lines.map(line =>
      line
        .split(',')
        .slice(-2)
        .map(field => field.trim())
        .join(' '),
    );
    return { sums, complaints: stderr };
  } finally {
    await fs.rm(folder, { recursive: true });
  }
}
