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

/** Size in the SIZ marker of a JPEG 2000 stream (ITU-T T.800 A.5.1), bare or in boxes; undefined where there is none. */
export function jpeg2000Size(bytes: Buffer): Pick<JpegFrame, 'height' | 'width'> | undefined {
  const at = bytes.indexOf(Buffer.from([0xff, 0x4f, 0xff, 0x51]));
  if (at < 0 || at + 24 > bytes.length) return undefined;
  const [right, bottom, left, top] = [8, 12, 16, 20].map((offset) => bytes.readUInt32BE(at + offset)) as [
    number,
    number,
    number,
    number,
  ];
  return { width: right - left, height: bottom - top };
}
