// Compares decoded pictures by the hashes of their pixels.
import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Reads the hashes from a file of ffmpeg's framehash muxer, in order. */
export async function readHashes(file) {
  const text = await fs.readFile(file, 'utf8');
  return text
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('#'))
    .map(line => line.split(',').at(-1).trim());
}

/** Decodes the file's video and returns the hashes of its pictures. */
export async function decodedHashes(file) {
  const hashFile = `${file}.hashes`;
  await execute('ffmpeg', [
    ...['-hide_banner', '-nostdin', '-loglevel', 'error', '-y', '-threads', '1', '-i', file],
    ...['-map', '0:v', '-fps_mode', 'passthrough', '-f', 'framehash', '-hash', 'murmur3', hashFile],
  ]);
  return readHashes(hashFile);
}

/** Returns the number of encoded packets of a stream in the file. */
export async function packetCount(file) {
  const hashFile = `${file}.packets`;
  await execute('ffmpeg', [
    ...['-hide_banner', '-nostdin', '-loglevel', 'error', '-y', '-i', file],
    ...['-c', 'copy', '-f', 'framehash', '-hash', 'crc32', hashFile],
  ]);
  return (await readHashes(hashFile)).length;
}

/**
 * Matches decoded pictures with sent ones: a picture matches if its pixels are equal and it is in order. A decoder that misses
 * a packet or a reference picture produces other pixels.
 * @returns {{matched: number, missing: number[], alien: number[]}} indices into sent, and into decoded
 */
export function comparePictures(sent, decoded) {
  const indexOf = new Map(sent.map((hash, index) => [hash, index]));
  const found = new Set();
  const alien = [];
  let last = -1;
  decoded.forEach((hash, position) => {
    const index = indexOf.get(hash);
    if (index === undefined || index <= last) {
      alien.push(position);
      return;
    }
    found.add(index);
    last = index;
  });
  const missing = sent.map((_, index) => index).filter(index => !found.has(index));
  return { matched: found.size, missing, alien };
}
