/** What the frame header of a JPEG or JPEG-LS stream says, found without decoding anything. */

export interface JpegFrame {
  readonly precision: number;
  readonly height: number;
  readonly width: number;
  readonly components: number;
}

const startOfFrameLs = 0xf7;
/** Markers between C0 and CF that begin something else: Huffman tables, an extension, arithmetic conditioning. */
const noFrames = [0xc4, 0xc8, 0xcc];

/** Undefined where there is none (ITU-T T.81 B.2.2, T.87 C.2.2). */
export function jpegFrame(bytes: Buffer): JpegFrame | undefined {
  for (let at = 2; at + 10 <= bytes.length && bytes[at] === 0xff; at += 2 + bytes.readUInt16BE(at + 2)) {
    const marker = bytes[at + 1]!;
    if (marker !== startOfFrameLs && (marker < 0xc0 || marker > 0xcf || noFrames.includes(marker))) continue;
    return {
      precision: bytes[at + 4]!,
      height: bytes.readUInt16BE(at + 5),
      width: bytes.readUInt16BE(at + 7),
      components: bytes[at + 9]!,
    };
  }
  return undefined;
}
