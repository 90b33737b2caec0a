/**
 * The header of a NIfTI-1 or -2 file: shape, type, scaling and orientation (nifti1.h and nifti2.h of the NIfTI Data Format
 * Working Group). The two versions hold the same fields at other places and widths.
 */
import { BrokenImageError } from '../brokenImageError';
import type { Orientation } from './orientation';

export interface NiftiHeader {
  readonly littleEndian: boolean;
  /** `[number of dimensions, extents...]`, as the file says. */
  readonly dimensions: readonly number[];
  readonly dataType: number;
  /** Where the voxels begin. */
  readonly start: number;
  readonly slope: number;
  readonly intercept: number;
  readonly calibration: { readonly min: number; readonly max: number };
  readonly affine: Orientation;
}

/** Places of the fields, and how dimensions and reals are kept. */
interface Layout {
  readonly size: number;
  readonly dim: number;
  readonly dataType: number;
  readonly pixdim: number;
  readonly start: number;
  readonly slope: number;
  readonly calMax: number;
  readonly qformCode: number;
  readonly quaternion: number;
  readonly srow: number;
}

const layouts: Readonly<Record<1 | 2, Layout>> = {
  1: {
    ...{ size: 348, dim: 40, dataType: 70, pixdim: 76, start: 108, slope: 112, calMax: 124 },
    ...{ qformCode: 252, quaternion: 256, srow: 280 },
  },
  2: {
    ...{ size: 540, dim: 16, dataType: 12, pixdim: 104, start: 168, slope: 176, calMax: 192 },
    ...{ qformCode: 344, quaternion: 352, srow: 400 },
  },
};

/** 1 or 2; undefined for a file that is no NIfTI in one part. */
export function niftiVersion(bytes: Buffer): 1 | 2 | undefined {
  if (bytes.length >= 352 && bytes.toString('latin1', 344, 348) === 'n+1\0') return 1;
  if (bytes.length >= 544 && bytes.toString('latin1', 4, 8) === 'n+2\0') return 2;
  return undefined;
}

/** Throws BrokenImageError where the header's own size is wrong in either byte order. */
export function readNiftiHeader(bytes: Buffer, version: 1 | 2): NiftiHeader {
  const layout = layouts[version];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const littleEndian = view.getInt32(0, true) === layout.size;
  if (!littleEndian && view.getInt32(0, false) !== layout.size)
    throw new BrokenImageError(
      `its header says that it has ${view.getInt32(0, true)} bytes, not ${layout.size}`,
    );
  const wide = version === 2;
  const real = (at: number, i = 0) =>
    wide ? view.getFloat64(at + 8 * i, littleEndian) : view.getFloat32(at + 4 * i, littleEndian);
  const whole = (at: number, i = 0) =>
    wide ? Number(view.getBigInt64(at + 8 * i, littleEndian)) : view.getInt16(at + 2 * i, littleEndian);
  const code = (at: number) => (wide ? view.getInt32(at, littleEndian) : view.getInt16(at, littleEndian));
  const reals = (at: number, count: number) => Array.from({ length: count }, (_, i) => real(at, i));
  const sformCode = code(layout.qformCode + (wide ? 4 : 2));
  const pixdim = reals(layout.pixdim, 4);
  return {
    littleEndian,
    dimensions: Array.from({ length: 8 }, (_, i) => whole(layout.dim, i)),
    dataType: view.getInt16(layout.dataType, littleEndian),
    start: wide ? whole(layout.start) : real(layout.start),
    slope: real(layout.slope),
    intercept: real(layout.slope, 1),
    calibration: { max: real(layout.calMax), min: real(layout.calMax, 1) },
    affine:
      sformCode > 0
        ? [0, 1, 2].map((row) => reals(layout.srow + row * (wide ? 32 : 16), 4))
        : code(layout.qformCode) > 0
          ? fromQuaternion(reals(layout.quaternion, 3), pixdim)
          : // Neither is given: as in Analyze files, and in nibabel, the first axis runs to the left.
            [
              [-1, 0, 0, 0],
              [0, 1, 0, 0],
              [0, 0, 1, 0],
            ],
  };
}

/** Method 2 of nifti1.h, without the offset, which says nothing of the orientation. `pixdim[0]` is the sign of z. */
function fromQuaternion([b = 0, c = 0, d = 0]: readonly number[], pixdim: readonly number[]): Orientation {
  const a = Math.sqrt(Math.max(0, 1 - (b * b + c * c + d * d)));
  const [x = 1, y = 1, z = 1] = pixdim.slice(1);
  const turned = pixdim[0] === -1 ? -z : z;
  return [
    [(a * a + b * b - c * c - d * d) * x, 2 * (b * c - a * d) * y, 2 * (b * d + a * c) * turned, 0],
    [2 * (b * c + a * d) * x, (a * a + c * c - b * b - d * d) * y, 2 * (c * d - a * b) * turned, 0],
    [2 * (b * d - a * c) * x, 2 * (c * d + a * b) * y, (a * a + d * d - b * b - c * c) * turned, 0],
  ];
}
