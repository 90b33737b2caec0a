/** What a DICOM file says of its gray values: from those that are stored to those that are meant, and which of them are shown. */
import type { DataSet } from 'dicom-parser';
import type { GrayWindow, WindowShape } from '../grayScale';
import { trimmed } from './dicomHeader';

export interface LookupTable {
  /** The value that the first entry stands for. */
  readonly first: number;
  readonly values: ArrayLike<number>;
}

/** Of one frame. */
export interface DicomGray {
  readonly slope: number;
  readonly intercept: number;
  readonly modalityTable: LookupTable | undefined;
  readonly window: GrayWindow | undefined;
  readonly voiTable: LookupTable | undefined;
  /** Stored value of pixels that are no part of the picture. */
  readonly padding: number | undefined;
}

/**
 * Enhanced images keep slope and window in functional groups, of the frame or shared by all (PS3.3 C.7.6.16); others at the top.
 */
export function readDicomGray(dataSet: DataSet, frame: number, signed: boolean): DicomGray {
  const transformation = functionalGroup(dataSet, frame, 'x00289145') ?? dataSet;
  return {
    slope: finite(transformation.floatString('x00281053')) ?? 1,
    intercept: finite(transformation.floatString('x00281052')) ?? 0,
    modalityTable: readTable(dataSet, 'x00283000', signed),
    window: readWindow(functionalGroup(dataSet, frame, 'x00289132') ?? dataSet),
    voiTable: readTable(dataSet, 'x00283010', signed),
    padding: signed ? dataSet.int16('x00280120') : dataSet.uint16('x00280120'),
  };
}

const sharedGroups = 'x52009229';
const groupsOfFrames = 'x52009230';

/** The only item of a macro's sequence. */
function functionalGroup(dataSet: DataSet, frame: number, macro: string): DataSet | undefined {
  const itemOf = (groups: string, index: number) =>
    dataSet.elements[groups]?.items?.[index]?.dataSet?.elements[macro]?.items?.[0]?.dataSet;
  return itemOf(groupsOfFrames, frame) ?? itemOf(sharedGroups, 0);
}

function finite(value: number | undefined): number | undefined {
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}

/** The first window. */
function readWindow(dataSet: DataSet): GrayWindow | undefined {
  const center = finite(dataSet.floatString('x00281050', 0));
  const width = finite(dataSet.floatString('x00281051', 0));
  if (center === undefined || width === undefined || width <= 0) return undefined;
  return { center, width, shape: shapes.get(trimmed(dataSet.string('x00281056'))) ?? 'linear' };
}

const shapes: ReadonlyMap<string, WindowShape> = new Map([
  ['LINEAR_EXACT', 'linear-exact'],
  ['SIGMOID', 'sigmoid'],
]);

/** The first table of a modality or VOI LUT sequence (PS3.3 C.11.1 and C.11.2). */
function readTable(dataSet: DataSet, sequence: string, signed: boolean): LookupTable | undefined {
  const item = dataSet.elements[sequence]?.items?.[0]?.dataSet;
  if (!item) return undefined;
  const first = signed ? item.int16('x00283002', 1) : item.uint16('x00283002', 1);
  const count = item.uint16('x00283002', 0);
  const values = readWords(item, 'x00283006', count === 0 ? 65_536 : count);
  return first === undefined || values === undefined ? undefined : { first, values };
}

/** `count` unsigned 16-bit words of an element; undefined where it has fewer. */
export function readWords(dataSet: DataSet, tag: string, count: number | undefined): Uint16Array | undefined {
  const element = dataSet.elements[tag];
  if (!element || !count || element.length < 2 * count) return undefined;
  return Uint16Array.from({ length: count }, (_, i) => dataSet.uint16(tag, i) ?? 0);
}
