/** Whether bytes are the beginning of a DICOM file (Part 10), whatever its name. 132 bytes tell. */
export function startsLikeDicom(bytes: Buffer): boolean {
  return bytes.toString('latin1', 128, 132) === 'DICM';
}
