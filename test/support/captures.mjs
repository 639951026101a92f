// Reads the captures of test/captures, which test/e2e/browser/recordCaptures.mjs recorded from Chromium.
import fs from 'node:fs';
import path from 'node:path';

const folder = path.join(import.meta.dirname, '../captures');
const kFixedHeader = 12;
const kOneByteForm = 0xbede; // RFC 8285, section 4.2
const kVideoClock = 90_000;

/** The header extension id of the dependency descriptor in the captures. */
const kDescriptorId = 7;

/** Reads the fields of an RTP packet (RFC 3550, section 5.1). `extensions` maps ids to buffers. */
export function readRtp(bytes) {
  const csrcs = bytes[0] & 0x0f;
  let offset = kFixedHeader + 4 * csrcs;
  const extensions = new Map();
  if (bytes[0] & 0x10) {
    const oneByte = bytes.readUInt16BE(offset) === kOneByteForm;
    const end = offset + 4 + 4 * bytes.readUInt16BE(offset + 2);
    offset += 4;
    while (offset < end) {
      if (bytes[offset] === 0) {
        ++offset;
        continue;
      }
      const id = oneByte ? bytes[offset] >> 4 : bytes[offset];
      const length = oneByte ? (bytes[offset] & 0x0f) + 1 : bytes[offset + 1];
      offset += oneByte ? 1 : 2;
      extensions.set(id, bytes.subarray(offset, offset + length));
      offset += length;
    }
    offset = end;
  }
  const padding = bytes[0] & 0x20 ? bytes.at(-1) : 0;
  return {
    payloadType: bytes[1] & 0x7f,
    marker: (bytes[1] & 0x80) !== 0,
    sequenceNumber: bytes.readUInt16BE(2),
    timestamp: bytes.readUInt32BE(4),
    ssrc: bytes.readUInt32BE(8),
    extensions,
    payload: bytes.subarray(offset, bytes.length - padding),
  };
}

/** Reads the VP8 payload descriptor (RFC 7741, section 4.2). */
export function vp8Descriptor(payload) {
  const fields = { start: (payload[0] & 0x17) === 0x10, pictureId: null, tl0PicIdx: null, size: 1 };
  if (payload[0] & 0x80) {
    const present = payload[fields.size++];
    if (present & 0x80) {
      fields.pictureId = fields.size;
      fields.size += payload[fields.size] & 0x80 ? 2 : 1;
    }
    if (present & 0x40) {
      fields.tl0PicIdx = fields.size++;
    }
    if (present & 0x30) {
      ++fields.size;
    }
  }
  fields.key = fields.start && (payload[fields.size] & 0x01) === 0;
  return fields;
}

/** Reads the VP9 payload descriptor (RFC 9628, section 4.2). */
export function vp9Descriptor(payload) {
  const first = payload[0];
  const [hasId, inter, layered, flexible, begins, structured] = [7, 6, 5, 4, 3, 1].map(bit => (first >> bit) & 1);
  const fields = { begins: begins === 1, spatial: 0, pictureId: null, tl0PicIdx: null, size: 1 };
  if (hasId) {
    fields.pictureId = fields.size;
    fields.size += payload[fields.size] & 0x80 ? 2 : 1;
  }
  if (layered) {
    fields.spatial = (payload[fields.size++] >> 1) & 7;
    if (!flexible) {
      fields.tl0PicIdx = fields.size++;
    }
  }
  if (flexible && inter) {
    while (payload[fields.size++] & 1) {
      // The last bit of each difference indicates a further one.
    }
  }
  if (structured) {
    const head = payload[fields.size++];
    if (head & 0x10) {
      fields.size += 4 * ((head >> 5) + 1);
    }
    if (head & 0x08) {
      for (let pictures = payload[fields.size++]; pictures > 0; --pictures) {
        fields.size += 1 + ((payload[fields.size] >> 2) & 3);
      }
    }
  }
  fields.key = fields.begins && !inter && fields.spatial === 0;
  return fields;
}

/** Returns the types of the NAL units that begin in a packet, also inside STAP-A and FU-A (RFC 6184, section 5.4). */
function nalTypes(payload) {
  const type = payload[0] & 0x1f;
  if (type === 24) {
    const types = [];
    for (let offset = 1; offset < payload.length; offset += 2 + payload.readUInt16BE(offset)) {
      types.push(payload[offset + 2] & 0x1f);
    }
    return types;
  }
  if (type === 28) {
    return payload[1] & 0x80 ? [payload[1] & 0x1f] : [];
  }
  return [type];
}

const kSequenceParameters = 7;

function readLeb128(bytes, offset) {
  let value = 0;
  for (let i = 0; ; ++i) {
    value |= (bytes[offset + i] & 0x7f) << (7 * i);
    if ((bytes[offset + i] & 0x80) === 0) {
      return { value, next: offset + i + 1 };
    }
  }
}

/** Returns the OBU elements of a packet (AV1 RTP payload format, section 4.4). Its header marks fragments. */
export function obuElements(payload) {
  const count = (payload[0] >> 4) & 3; // 0: every element has a size
  const elements = [];
  for (let offset = 1; offset < payload.length; ) {
    let size = payload.length - offset;
    if (count === 0 || elements.length + 1 < count) {
      const { value, next } = readLeb128(payload, offset);
      size = value;
      offset = next;
    }
    elements.push(payload.subarray(offset, offset + size));
    offset += size;
  }
  return { elements, continues: (payload[0] & 0x80) !== 0 };
}

/** Returns the spatial layer of the first OBU that has one (AV1 specification, section 5.3.3). */
function av1SpatialLayer(payload) {
  const layered = obuElements(payload).elements.find(element => element[0] & 0x04);
  return layered ? (layered[1] >> 3) & 3 : 0;
}

const inspect = {
  VP8: ({ payload }) => {
    const { start, key } = vp8Descriptor(payload);
    return { begins: start, key, spatial: 0 };
  },
  VP9: ({ payload }) => vp9Descriptor(payload),
  H264: ({ payload }, first) => ({ begins: first, key: nalTypes(payload).includes(kSequenceParameters), spatial: 0 }),
  // Start of frame is the first bit of the mandatory fields (AV1 RTP payload format, section A.8.2); N begins a coded video
  // sequence (section 4.4).
  AV1: ({ payload, extensions }) => {
    const [flags] = extensions.get(kDescriptorId) ?? [0];
    const begins = (flags & 0x80) !== 0;
    return { begins, key: (payload[0] & 0x08) !== 0, spatial: begins ? av1SpatialLayer(payload) : 0 };
  },
};

/**
 * Returns {begins, key, spatial} of a packet: whether it begins a frame, whether it is the first packet of a key picture, and
 * its spatial layer. `first` is true for the first packet of a picture.
 */
export function inspectFrame(codec, packet, first) {
  return inspect[codec](packet, first);
}

/** Returns the encoded part of a payload, without the descriptor that a forwarder may change. */
export function bodyOf(codec, payload) {
  if (codec === 'VP8') {
    return payload.subarray(vp8Descriptor(payload).size);
  }
  return codec === 'VP9' ? payload.subarray(vp9Descriptor(payload).size) : payload;
}

function* rtpdumpPackets(bytes) {
  const kHeader = 16;
  const kRecord = 8;
  let offset = bytes.indexOf('\n') + 1 + kHeader;
  while (offset < bytes.length) {
    const length = bytes.readUInt16BE(offset);
    yield bytes.subarray(offset + kRecord, offset + length);
    offset += length;
  }
}

function picturesOf(codec, packets) {
  const pictures = [];
  for (const packet of packets) {
    let picture = pictures.at(-1);
    if (picture?.timestamp !== packet.timestamp) {
      picture = { timestamp: packet.timestamp, key: false, frames: [] };
      pictures.push(picture);
    }
    const { begins, key, spatial } = inspectFrame(codec, packet, picture.frames.length === 0);
    if (begins) {
      picture.frames.push({ spatial, packets: [] });
    }
    picture.key ||= key;
    picture.frames.at(-1)?.packets.push(packet);
  }
  // Keeps whole groups of pictures only.
  const keys = pictures.flatMap(({ key }, index) => (key ? [index] : []));
  const whole = pictures.slice(keys[0], keys.at(-1));
  return whole.map(picture => ({ ...picture, packets: picture.frames.flatMap(({ packets: each }) => each) }));
}

/**
 * @returns {{codec: string, simulcast: boolean, encodings: object[][]}} the pictures of each encoding, with their frames
 *   ({spatial, packets}; encoders drop frames when they exceed their bitrate). The first picture is a key picture.
 */
export function readCapture(name) {
  const [codec] = name.split('-');
  const bytes = fs.readFileSync(path.join(folder, `${name}.rtpdump`));
  const packets = [...rtpdumpPackets(bytes)].map(readRtp);
  const ssrcs = [...new Set(packets.map(({ ssrc }) => ssrc))].sort((a, b) => a - b);
  for (const ssrc of ssrcs) {
    const numbers = packets.filter(packet => packet.ssrc === ssrc).map(({ sequenceNumber }) => sequenceNumber);
    const gap = numbers.findIndex((number, i) => i > 0 && number !== ((numbers[i - 1] + 1) & 0xffff));
    if (gap >= 0) {
      throw new Error(`${name}: packets are missing before ${numbers[gap]}`);
    }
  }
  return {
    name,
    codec,
    clockRate: kVideoClock,
    descriptorId: kDescriptorId,
    simulcast: ssrcs.length > 1,
    encodings: ssrcs.map(ssrc =>
      picturesOf(
        codec,
        packets.filter(packet => packet.ssrc === ssrc),
      ),
    ),
  };
}
