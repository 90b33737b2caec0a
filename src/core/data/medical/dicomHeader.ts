/** What a DICOM file says of its pixels, checked and bounded before anything is allocated. */
import { constants, inflateRawSync } from 'node:zlib';
import { type DataSet, parseDicom } from 'dicom-parser';
import { BrokenImageError } from '../brokenImageError';
import { maxFileBytes, maxPixels } from '../decodedImage';
import { bareDicom } from '../dicomMagic';

export interface DicomHeader {
  readonly dataSet: DataSet;
  readonly syntax: string;
  readonly rows: number;
  readonly columns: number;
  readonly samples: 1 | 3;
  readonly photometric: string;
  /** Colours one after another rather than pixel by pixel. */
  readonly planar: boolean;
  readonly bitsAllocated: 1 | 8 | 16 | 32;
  readonly bitsStored: number;
  readonly highBit: number;
  readonly signed: boolean;
  readonly frames: number;
}

const photometrics = [
  'MONOCHROME1',
  'MONOCHROME2',
  'PALETTE COLOR',
  'RGB',
  'YBR_FULL',
  'YBR_FULL_422',
  'YBR_RCT',
  'YBR_ICT',
];

type ParseOptions = NonNullable<Parameters<typeof parseDicom>[1]>;

const preamble = Buffer.concat([Buffer.alloc(128), Buffer.from('DICM')]);
/** How the elements of a file are packed that does not say it. */
const bareSyntax = { explicit: '1.2.840.10008.1.2.1', implicit: '1.2.840.10008.1.2' };

/** With or without preamble and meta information. */
function parse(bytes: Buffer, options: ParseOptions): DataSet {
  const bare = bareDicom(bytes);
  if (bare === undefined) return parseDicom(bytes, options);
  if (bare === 'meta') return parseDicom(Buffer.concat([preamble, bytes]), options);
  return parseDicom(bytes, { ...options, TransferSyntaxUID: bareSyntax[bare] });
}

function parseElements(bytes: Buffer): DataSet {
  try {
    return parse(bytes, { inflater: inflateBounded });
  } catch (error) {
    throw error instanceof BrokenImageError
      ? error
      : new BrokenImageError(`its DICOM elements cannot be read: ${reason(error)}`);
  }
}

/** The elements up to the tag `until` of the beginning of a file, as far as they can be read; undefined where none can. */
export function parsePrefix(bytes: Buffer, until: string): DataSet | undefined {
  try {
    return parse(bytes, { inflater: inflateStart, untilTag: until });
  } catch (error) {
    return (error as { readonly dataSet?: DataSet } | undefined)?.dataSet;
  }
}

/** The parser throws errors, sentences and objects around them. */
function reason(error: unknown): string {
  const inner = typeof error === 'object' && error !== null && 'exception' in error ? error.exception : error;
  const message = inner instanceof Error ? inner.message : String(inner);
  return message.replace(/^dicomParser\.\w+:\s*/, '').split('\n')[0]!;
}

/** Of bytes that are cut off: what there is. */
function inflateStart(bytes: Uint8Array, position: number): Uint8Array {
  const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: maxFileBytes };
  return Buffer.concat([bytes.subarray(0, position), inflateRawSync(bytes.subarray(position), options)]);
}

function inflateBounded(bytes: Uint8Array, position: number): Uint8Array {
  const inflated = inflateRawSync(bytes.subarray(position), { maxOutputLength: maxFileBytes });
  return Buffer.concat([bytes.subarray(0, position), inflated]);
}

export function readDicomHeader(bytes: Buffer): DicomHeader {
  const dataSet = parseElements(bytes);
  const syntax = trimmed(dataSet.string('x00020010'));
  const rows = dataSet.uint16('x00280010') ?? 0;
  const columns = dataSet.uint16('x00280011') ?? 0;
  const samples = dataSet.uint16('x00280002') ?? 1;
  const frames = dataSet.intString('x00280008') ?? 1;
  const bitsAllocated = dataSet.uint16('x00280100') ?? 0;
  const bitsStored = dataSet.uint16('x00280101') ?? bitsAllocated;
  const highBit = dataSet.uint16('x00280102') ?? bitsStored - 1;
  const photometric = trimmed(dataSet.string('x00280004')) || 'MONOCHROME2';
  const signed = dataSet.uint16('x00280103') === 1;
  if (!dataSet.elements.x7fe00010) throw new BrokenImageError(withoutPixels(dataSet));
  if (!(rows > 0 && columns > 0 && rows * columns <= maxPixels))
    throw new BrokenImageError(`its size ${columns} x ${rows} is not between 1 and ${maxPixels} pixels`);
  if (samples !== 1 && samples !== 3)
    throw new BrokenImageError(`it has ${samples} samples a pixel, not 1 or 3`);
  if (bitsAllocated !== 1 && bitsAllocated !== 8 && bitsAllocated !== 16 && bitsAllocated !== 32)
    throw new BrokenImageError(`it allocates ${bitsAllocated} bits a sample, not 1, 8, 16 or 32`);
  if (
    !(bitsStored >= 1 && bitsStored <= bitsAllocated && highBit >= bitsStored - 1 && highBit < bitsAllocated)
  )
    throw new BrokenImageError(`it stores ${bitsStored} bits up to bit ${highBit} in ${bitsAllocated}`);
  if (!(Number.isInteger(frames) && frames >= 1 && frames <= 1_000_000))
    throw new BrokenImageError(`it claims ${frames} frames`);
  if (!photometrics.includes(photometric) || (samples === 1 && /^(RGB|YBR)/.test(photometric)))
    throw new BrokenImageError(
      `its photometric interpretation is ${photometric}, with ${samples} samples a pixel`,
    );
  return {
    ...{
      dataSet,
      syntax,
      rows,
      columns,
      samples,
      photometric,
      bitsAllocated,
      bitsStored,
      highBit,
      signed,
      frames,
    },
    planar: dataSet.uint16('x00280006') === 1,
  };
}

function withoutPixels({ elements }: DataSet): string {
  if (elements.x7fe00008 || elements.x7fe00009)
    return 'its pixels are floats (a parametric map), which are not read';
  return 'it holds no image';
}

export function trimmed(text: string | undefined): string {
  return text?.replaceAll('\0', '').trim() ?? '';
}
