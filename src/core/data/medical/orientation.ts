/** Which way round a volume lies, and how a slice of it is looked at. */
import type { VolumeAxis } from '../../../protocol/dataSettings';

/** Rows of the 4 x 4 matrix from voxel indices to millimetres, x to the right, y to the front, z upwards (RAS). */
export type Orientation = readonly (readonly number[])[];

interface WorldAxis {
  /** Axis of the array that runs along it most. */
  readonly axis: number;
  /** Whether the array runs to the right, front or top along it. */
  readonly forwards: boolean;
}

/**
 * The array's axis for each of x, y, z: taken greedily by the largest entry of the affine with its columns scaled to length 1, each axis
 * once (as nibabel's `io_orientation` for affines without much shear). Axes as they are where the affine says nothing.
 */
export function orientationOf(affine: Orientation): readonly [WorldAxis, WorldAxis, WorldAxis] {
  const size = [0, 1, 2].map((axis) => Math.hypot(...[0, 1, 2].map((row) => affine[row]?.[axis] ?? 0)));
  const left = new Set([0, 1, 2]);
  const found: (WorldAxis | undefined)[] = [undefined, undefined, undefined];
  for (let round = 0; round < 3; round++) {
    let best = { row: -1, axis: -1, value: -1, signed: 1 };
    for (const [row, known] of found.entries()) {
      if (known) continue;
      for (const axis of left) {
        const signed = (affine[row]?.[axis] ?? 0) / (size[axis] || 1);
        const value = Number.isFinite(signed) ? Math.abs(signed) : 0;
        // Where nothing is said (all 0) the axes stay as they are.
        if (value > best.value || (value === best.value && row === axis && best.row !== best.axis))
          best = { row, axis, value, signed };
      }
    }
    found[best.row] = { axis: best.axis, forwards: !(best.signed < 0) };
    left.delete(best.axis);
  }
  return found as [WorldAxis, WorldAxis, WorldAxis];
}

export interface SliceLayout {
  readonly width: number;
  readonly height: number;
  /** Number of slices along the axis. */
  readonly depth: number;
  /** Voxels of slice `s`, counted from the feet, the back or the left, as they are shown: `[height, width]`, row by row. */
  indices(s: number): Uint32Array;
}

/** Across, down and through, by axis: x is 0, y is 1, z is 2. The way shown: -1 where the world axis runs against it. */
const views: Readonly<
  Record<VolumeAxis, { across: [number, -1 | 1]; down: [number, -1 | 1]; through: number }>
> = {
  // The patient's right is on the left, the front on top.
  axial: { across: [0, -1], down: [1, -1], through: 2 },
  coronal: { across: [0, -1], down: [2, -1], through: 1 },
  // The front is on the left.
  sagittal: { across: [1, -1], down: [2, -1], through: 0 },
};

/** A volume of `shape` cut across `axis`, in the radiological convention. The first axis of the array runs fastest. */
export function sliceLayout(
  shape: readonly [number, number, number],
  world: readonly [WorldAxis, WorldAxis, WorldAxis],
  view: VolumeAxis,
): SliceLayout {
  const strides = [1, shape[0], shape[0] * shape[1]];
  const along = (which: number, shown: -1 | 1) => {
    const { axis, forwards } = world[which]!;
    const extent = shape[axis]!;
    const stride = strides[axis]!;
    const rising = forwards === (shown === 1);
    return { extent, at: (i: number) => stride * (rising ? i : extent - 1 - i) };
  };
  const { across, down, through } = views[view];
  const [columns, rows, slices] = [along(...across), along(...down), along(through, 1)];
  return {
    width: columns.extent,
    height: rows.extent,
    depth: slices.extent,
    indices(s) {
      const out = new Uint32Array(rows.extent * columns.extent);
      for (let y = 0, to = 0; y < rows.extent; y++)
        for (let x = 0; x < columns.extent; x++) out[to++] = slices.at(s) + rows.at(y) + columns.at(x);
      return out;
    },
  };
}
