/** DICOM's run-length encoding (PS3.5 annex G): one PackBits segment for every byte of every sample. */
import { BrokenImageError } from '../brokenImageError';

/**
 * Returns `samples` planes of `pixels` little-endian words of `size` bytes. Throws BrokenImageError when a segment is missing or
 * too short.
 */
export function decodeRle(packed: Uint8Array, pixels: number, samples: number, size: number): Buffer {
  const source = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  const segments = source.length >= 64 ? source.readUInt32LE(0) : 0;
  if (segments !== samples * size)
    throw new BrokenImageError(`its RLE data has ${segments} segments, not ${samples * size}`);
  const out = Buffer.alloc(pixels * samples * size);
  for (let segment = 0; segment < segments; segment++) {
    const start = source.readUInt32LE(4 + 4 * segment);
    const end = segment + 1 < segments ? source.readUInt32LE(8 + 4 * segment) : source.length;
    // The most significant byte comes first.
    const first = Math.floor(segment / size) * pixels * size + (size - 1 - (segment % size));
    if (unpackBits(source.subarray(start, end), out, first, size, pixels) < pixels)
      throw new BrokenImageError('its RLE data is cut off');
  }
  return out;
}

/** Writes up to `count` bytes to `first`, `first + step`, ... Returns how many there were. */
function unpackBits(source: Buffer, out: Buffer, first: number, step: number, count: number): number {
  let written = 0;
  for (let at = 0; at < source.length && written < count; ) {
    const code = source.readInt8(at++);
    if (code === -128) continue;
    const length = Math.min(code >= 0 ? code + 1 : 1 - code, count - written);
    if (at + (code >= 0 ? length : 1) > source.length) break;
    for (let i = 0; i < length; i++) out[first + step * written++] = source[code >= 0 ? at + i : at]!;
    at += code >= 0 ? length : 1;
  }
  return written;
}
