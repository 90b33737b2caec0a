/** DICOM series: which files of a folder are the slices of one volume, and in which order. */
import { open } from 'node:fs/promises';
import type { DataSet } from 'dicom-parser';
import { startsLikeDicom } from '../dicomMagic';
import { parsePrefix } from './dicomHeader';

export interface DicomPlace {
  readonly patient: string;
  readonly series: string;
  readonly frames: number;
  /** Along the normal of the slice, in millimetres; else its number in the series. */
  readonly position: number;
}

/** What is looked for nearly always lies in the first bytes; large private elements can come before it. */
const prefixBytes = [16 * 1024, 512 * 1024];
/** Comes before the pixels, in every image. */
const rowsTag = 'x00280010';

export async function isDicom(path: string): Promise<boolean> {
  const start = await readStart(path, 132);
  return start !== undefined && startsLikeDicom(start);
}

async function readStart(path: string, length: number): Promise<Buffer | undefined> {
  try {
    const file = await open(path, 'r');
    try {
      const bytes = Buffer.alloc(length);
      const { bytesRead } = await file.read(bytes, 0, length, 0);
      return bytes.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch {
    return undefined;
  }
}

/** Undefined for a file that is no DICOM, or that cannot be read: decoding will say why. */
export async function readDicomPlace(path: string): Promise<DicomPlace | undefined> {
  const dataSet = await readPrefix(path);
  if (!dataSet) return undefined;
  try {
    return {
      patient: dataSet.string('x00100020')?.trim() ?? '',
      series: dataSet.string('x0020000e')?.trim() ?? '',
      frames: dataSet.intString('x00280008') ?? 1,
      position: positionOf(dataSet),
    };
  } catch {
    return undefined;
  }
}

async function readPrefix(path: string): Promise<DataSet | undefined> {
  let dataSet: DataSet | undefined;
  for (const length of prefixBytes) {
    const prefix = await readStart(path, length);
    if (!prefix || !startsLikeDicom(prefix)) return undefined;
    dataSet = parsePrefix(prefix, rowsTag);
    if (dataSet?.elements[rowsTag] || prefix.length < length) break;
  }
  return dataSet;
}

function positionOf(dataSet: DataSet): number {
  const numbers = (tag: string, count: number) =>
    Array.from({ length: count }, (_, i) => dataSet.floatString(tag, i) ?? Number.NaN);
  const [x, y, z] = numbers('x00200032', 3) as [number, number, number];
  const [a, b, c, d, e, f] = numbers('x00200037', 6) as [number, number, number, number, number, number];
  const along = (b * f - c * e) * x + (c * d - a * f) * y + (a * e - b * d) * z;
  return Number.isFinite(along) ? along : (dataSet.intString('x00200013') ?? 0);
}
