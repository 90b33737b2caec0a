/** Decoding image files of every kind that we read to bytes, told apart by their first bytes and never by their names. */
import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { reasonOf } from '../formats/fileErrors';
import { standInOf } from '../formats/standIn';
import { decodeBmp, startsLikeBmp } from './bmp';
import { BrokenImageError } from './brokenImageError';
import { type DecodeOptions, maxFileBytes, type OpenedImage } from './decodedImage';
import { startsLikeDicom } from './dicomMagic';
import { openDicom } from './medical/dicom';
import { openNifti, startsLikeNifti } from './medical/nifti';
import { decodeRaster, rasterFormat } from './rasterImage';

export interface OpenedFile {
  readonly image: OpenedImage;
  /** SHA-256 of its bytes. */
  readonly content: string;
}

/**
 * Reads a file, on the thread that calls, which is one of a pool: handing the reading on would cost more than it saves. Throws
 * BrokenImageError when it cannot be read.
 */
export async function openFile(path: string, options: DecodeOptions): Promise<OpenedFile> {
  const bytes = readImageFile(path);
  return {
    image: openImage(bytes, options),
    content: createHash('sha256').update(bytes).digest('base64'),
  };
}

/** PNG, JPEG, WebP, TIFF, BMP, DICOM or NIfTI. Gray images have one channel. Throws BrokenImageError. */
export function openImage(bytes: Buffer, options: DecodeOptions): OpenedImage {
  // First: what precedes the DICOM magic may be the beginning of a TIFF.
  if (startsLikeDicom(bytes)) return openDicom(bytes, options);
  const format = rasterFormat(bytes);
  if (format) return (slice) => decodeRaster(bytes, format, options, slice);
  if (startsLikeBmp(bytes)) return () => decodeBmp(bytes);
  if (startsLikeNifti(bytes)) return openNifti(bytes, options);
  throw new BrokenImageError(
    standInOf(bytes) ?? 'it is not a PNG, JPEG, WebP, TIFF, BMP, DICOM or NIfTI file',
  );
}

/** Throws BrokenImageError. */
function readImageFile(path: string): Buffer {
  try {
    // A pipe would be waited for, and a device such as /dev/zero has no end.
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stats = fstatSync(file);
      if (stats.size > maxFileBytes)
        throw new BrokenImageError(`the file has ${stats.size} bytes, over ${maxFileBytes}`);
      if (!stats.isFile() && !stats.isDirectory()) throw new BrokenImageError('it is a pipe or a device');
      return readFileSync(file);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw error instanceof BrokenImageError ? error : new BrokenImageError(reasonOf(error));
  }
}
