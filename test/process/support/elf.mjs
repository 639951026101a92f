// Reads from an ELF file (64 bits, little-endian) how it was linked.
import fs from 'node:fs';

const kDynamicFile = 3; // ET_DYN
const kSegment = { dynamic: 2, stack: 0x6474e551, relro: 0x6474e552 };
const kSymbols = 2; // SHT_SYMTAB, a type of section
const kTag = { flags: 30, flags1: 0x6ffffffb };
const kBindNow = 8; // of DT_FLAGS
const kNow = 1; // of DT_FLAGS_1
const kPie = 0x08000000;
const kExecutable = 1; // of a segment's flags
const kEndBranch = Buffer.from('f30f1efa', 'hex'); // ENDBR64

class ElfFile {
  #bytes;
  #segments;

  constructor(path) {
    this.#bytes = fs.readFileSync(path);
    const bytes = this.#bytes;
    if (bytes.readUInt32BE(0) !== 0x7f454c46 || bytes[4] !== 2 || bytes[5] !== 1) {
      throw new Error(`${path} is no ELF file of 64 bits`);
    }
    const begin = Number(bytes.readBigUInt64LE(32));
    const size = bytes.readUInt16LE(54);
    this.#segments = Array.from({ length: bytes.readUInt16LE(56) }, (_, i) => {
      const at = begin + i * size;
      return {
        type: bytes.readUInt32LE(at),
        flags: bytes.readUInt32LE(at + 4),
        offset: Number(bytes.readBigUInt64LE(at + 8)),
        size: Number(bytes.readBigUInt64LE(at + 32)),
      };
    });
  }

  /** Returns true if the file has no symbols, and thus no debug information. */
  get stripped() {
    const begin = Number(this.#bytes.readBigUInt64LE(40));
    const size = this.#bytes.readUInt16LE(58);
    const types = Array.from({ length: this.#bytes.readUInt16LE(60) }, (_, i) =>
      this.#bytes.readUInt32LE(begin + i * size + 4),
    );
    return !types.includes(kSymbols);
  }

  #segment(type) {
    return this.#segments.find(segment => segment.type === type);
  }

  #dynamic(tag) {
    const { offset, size } = this.#segment(kSegment.dynamic);
    for (let at = offset; at < offset + size; at += 16) {
      if (Number(this.#bytes.readBigInt64LE(at)) === tag) {
        return Number(this.#bytes.readBigUInt64LE(at + 8));
      }
    }
    return 0;
  }

  get positionIndependent() {
    return this.#bytes.readUInt16LE(16) === kDynamicFile && (this.#dynamic(kTag.flags1) & kPie) !== 0;
  }

  get relocationsReadOnly() {
    return this.#segment(kSegment.relro) !== undefined;
  }

  get bindsAtStart() {
    return (this.#dynamic(kTag.flags) & kBindNow) !== 0 || (this.#dynamic(kTag.flags1) & kNow) !== 0;
  }

  get executableStack() {
    const stack = this.#segment(kSegment.stack);
    return stack === undefined || (stack.flags & kExecutable) !== 0;
  }

  /** The number of places that are marked as targets of indirect jumps. */
  get branchTargets() {
    let count = 0;
    for (let at = this.#bytes.indexOf(kEndBranch); at !== -1; at = this.#bytes.indexOf(kEndBranch, at + 4)) {
      count += 1;
    }
    return count;
  }

  /** Returns true if the name is in a string table. */
  mentions(name) {
    return this.#bytes.includes(`\0${name}\0`);
  }
}

export function readElf(path) {
  return new ElfFile(path);
}
