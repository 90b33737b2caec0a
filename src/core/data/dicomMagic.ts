/** Whether bytes are the beginning of a DICOM file, whatever its name. 132 bytes tell. */

/** With the preamble and magic of Part 10, or without them, as old archives export. */
export function startsLikeDicom(bytes: Buffer): boolean {
  return startsWithMagic(bytes) || bareDicom(bytes) !== undefined;
}

function startsWithMagic(bytes: Buffer): boolean {
  return bytes.toString('latin1', 128, 132) === 'DICM';
}

/** Elements that files begin with: of the meta information, and of the data set. */
const metaElements = [0x0000, 0x0001, 0x0002, 0x0010];
const firstElements = [0x0000, 0x0001, 0x0005, 0x0008, 0x0012, 0x0016, 0x0018, 0x0020, 0x0060];
const representations = ['UL', 'OB', 'UI', 'CS', 'DA', 'TM', 'LO', 'SH'];
/** Of the value of a first element, where only its length can tell that it is one. */
const longestFirst = 256;

/**
 * What a file begins with that has neither preamble nor magic: the meta information, or the data set with or without representations.
 * Undefined for any other file.
 */
export function bareDicom(bytes: Buffer): 'meta' | 'explicit' | 'implicit' | undefined {
  if (bytes.length < 8 || startsWithMagic(bytes)) return undefined;
  const [group, element] = [bytes.readUInt16LE(0), bytes.readUInt16LE(2)];
  const explicit = representations.includes(bytes.toString('latin1', 4, 6));
  if (group === 2) return explicit && metaElements.includes(element) ? 'meta' : undefined;
  if (group !== 8 || !firstElements.includes(element)) return undefined;
  if (explicit) return 'explicit';
  const length = bytes.readUInt32LE(4);
  return length <= longestFirst && length % 2 === 0 ? 'implicit' : undefined;
}
