// A receiving ffmpeg: it reads the streams of an SDP file, decodes them, and counts pictures and samples.
import { EventEmitter } from 'node:events';
import fs from 'node:fs/promises';
import path from 'node:path';
import { sayBye } from './bye.mjs';
import { Ffmpeg, untilListening } from './Ffmpeg.mjs';
import { sdpOf } from './sdp.mjs';

// A key frame arrives as a burst; the socket must hold several while the machine is busy.
const kSocketBufferBytes = 4 * 1024 * 1024;
const kBytesPerSample = 2;

/** Emits 'exit' when its ffmpeg ends. */
export class Receiver extends EventEmitter {
  #ffmpeg;
  #session;

  /**
   * @param {{name: string, folder: string, session: object, sampleRate: number, onSound?: (data: Buffer) => void}} options
   *   session: see sdpOf(); folder: for its files; onSound: receives the decoded sound, mono, 16 bits.
   */
  static async start({ name, folder, session, sampleRate, onSound }) {
    const sdpFile = path.join(folder, `${name}.sdp`);
    await fs.writeFile(sdpFile, sdpOf(session));
    const receiver = new Receiver({ name, folder, session, sampleRate, onSound, sdpFile });
    await untilListening(
      receiver.#ffmpeg,
      session.media.flatMap(({ port }) => [port, port + 1]),
    );
    return receiver;
  }

  constructor({ name, folder, session, sampleRate, onSound, sdpFile }) {
    super();
    this.name = name;
    this.#session = session;
    this.sampleRate = sampleRate;
    /** A line per decoded picture that ends with its hash. */
    this.hashFile = path.join(folder, `${name}.hashes`);
    this.samplesDecoded = 0;
    /** Missing packets, by ffmpeg's count of sequence numbers. */
    this.packetsMissed = 0;
    const encrypted = session.media.some(({ srtp }) => srtp);
    this.#ffmpeg = new Ffmpeg(
      name,
      [
        ...['-protocol_whitelist', 'file,udp,rtp,srtp', '-buffer_size', `${kSocketBufferBytes}`],
        // ffmpeg sends receiver reports to the worker, and cannot encrypt them.
        ...(encrypted ? [] : ['-sdp_flags', 'rtcp_to_source']),
        // One thread: a picture is decoded when it has arrived, not when later ones have.
        ...['-threads', '1', '-f', 'sdp', '-i', sdpFile],
        ...['-map', '0:v', '-fps_mode', 'passthrough', '-enc_time_base', '-1'],
        ...['-f', 'framehash', '-hash', 'murmur3', '-flush_packets', '1', this.hashFile],
        ...['-map', '0:a', '-ac', '1', '-f', 's16le', '-flush_packets', '1', 'pipe:3'],
      ],
      {
        onSound: data => {
          this.samplesDecoded += data.length / kBytesPerSample;
          onSound?.(data);
        },
      },
    );
    this.#ffmpeg.on('exit', exit => this.emit('exit', exit));
    this.#ffmpeg.on('line', line => {
      this.packetsMissed += Number(/RTP: missed (\d+) packets/.exec(line)?.[1] ?? 0);
    });
  }

  get picturesDecoded() {
    return this.#ffmpeg.progress.frame;
  }

  get soundSeconds() {
    return this.samplesDecoded / this.sampleRate;
  }

  get exit() {
    return this.#ffmpeg.exit;
  }

  get stderr() {
    return this.#ffmpeg.stderr;
  }

  stderrTail() {
    return this.#ffmpeg.stderrTail();
  }

  /** Ends its streams: ffmpeg decodes the rest and exits. Kills it if it does not. */
  async stop(milliseconds = 3000) {
    if (!this.exit) {
      await sayBye(this.#session);
    }
    return this.#ffmpeg.exitWithin(milliseconds);
  }
}
