/**
 * Makes samples/brainregion.npz: 28 x 28 patches of a T1 magnetic resonance image of one brain, labelled by the region
 * that the centre lies in. Training and validation patches have their centres in the left hemisphere and overlap each other;
 * test patches have theirs in the right hemisphere and are mirrored. It is one person's brain: the figures say nothing about
 * patients.
 *
 *   node --import tsx samples/make/brainregion.ts FOLDER
 *
 * FOLDER holds `ch2.nii.gz` (Colin27) and `aal.nii.gz` (the AAL labels): /usr/share/mricron/templates of Debian's mricron-data.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { createRandom, type Random } from '../../src/core/random';
import { writeNpz } from './npzWriter';

interface Volume {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly values: Uint8Array;
}

/** A NIfTI-1 volume of unsigned bytes; the two files are nothing else. */
function readVolume(file: string): Volume {
  const bytes = gunzipSync(readFileSync(file));
  const [width, height, depth] = [bytes.readInt16LE(42), bytes.readInt16LE(44), bytes.readInt16LE(46)];
  const unsignedByte = 2;
  if (bytes.readInt32LE(0) !== 348 || bytes.readInt16LE(70) !== unsignedByte)
    throw new Error(`${file} is no NIfTI-1 volume of bytes.`);
  const start = bytes.readFloatLE(108);
  return { width, height, depth, values: bytes.subarray(start, start + width * height * depth) };
}

/** Class index of an AAL label, 1 to 116, odd on the left; undefined for tissue that no class takes. */
function regionOf(label: number): number | undefined {
  const within = (first: number, last: number) => label >= first && label <= last;
  if (within(1, 28)) return 0; // frontal
  if (within(79, 90)) return 1; // temporal
  if (within(57, 70)) return 2; // parietal
  if (within(43, 56)) return 3; // occipital
  if (within(29, 42) || within(71, 78)) return 4; // limbic and deep grey matter
  if (within(91, 116)) return 5; // cerebellum
  return undefined;
}
const regions = 6;

const patch = 28;
/** Millimetres a pixel: every pixel is the mean of 2 x 2 voxels of 1 mm. */
const pixel = 2;
const reach = (patch * pixel) / 2;

/** Indices of the voxels of each region in one hemisphere that a whole patch fits around. */
function voxelsByRegion(labels: Volume, left: boolean): number[][] {
  const found: number[][] = Array.from({ length: regions }, () => []);
  const middle = labels.width / 2;
  for (let z = 0; z < labels.depth; z++) {
    for (let y = reach; y < labels.height - reach; y++) {
      for (let x = reach; x < labels.width - reach; x++) {
        const index = (z * labels.height + y) * labels.width + x;
        const region = regionOf(labels.values[index]!);
        if (region !== undefined && x < middle === left) found[region]!.push(index);
      }
    }
  }
  return found;
}

/** The axial patch around a voxel, mirrored left to right if asked, written to `out`. */
function cutPatch(image: Volume, centre: number, mirrored: boolean, out: Uint8Array): void {
  const cx = centre % image.width;
  const cy = Math.floor(centre / image.width) % image.height;
  const slice = Math.floor(centre / (image.width * image.height)) * image.width * image.height;
  for (let row = 0; row < patch; row++) {
    for (let column = 0; column < patch; column++) {
      let sum = 0;
      for (let dy = 0; dy < pixel; dy++) {
        for (let dx = 0; dx < pixel; dx++) {
          const along = column * pixel + dx;
          const x = cx + (mirrored ? reach - 1 - along : along - reach);
          // Rows run from front to back, as radiologists look at them.
          const y = cy + reach - 1 - (row * pixel + dy);
          sum += image.values[slice + y * image.width + x]!;
        }
      }
      out[row * patch + column] = Math.round(sum / pixel ** 2);
    }
  }
}

interface SplitArrays {
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
}

function drawSplit(
  image: Volume,
  voxels: readonly number[][],
  perRegion: number,
  mirrored: boolean,
  random: Random,
): SplitArrays {
  const count = perRegion * regions;
  const images = new Uint8Array(count * patch * patch);
  const labels = new Uint8Array(count);
  random.permutation(count).forEach((slot, i) => {
    const region = i % regions;
    const candidates = voxels[region]!;
    const centre = candidates[random.integer(candidates.length)]!;
    cutPatch(image, centre, mirrored, images.subarray(slot * patch * patch, (slot + 1) * patch * patch));
    labels[slot] = region;
  });
  return { images, labels };
}

async function main(): Promise<void> {
  const folder = process.argv[2];
  if (!folder) throw new Error('Name the folder that holds ch2.nii.gz and aal.nii.gz.');
  const image = readVolume(path.join(folder, 'ch2.nii.gz'));
  const labels = readVolume(path.join(folder, 'aal.nii.gz'));
  const random = createRandom(27);
  const left = voxelsByRegion(labels, true);
  const right = voxelsByRegion(labels, false);
  const splits = {
    train: drawSplit(image, left, 100, false, random),
    val: drawSplit(image, left, 50, false, random),
    test: drawSplit(image, right, 80, true, random),
  };
  const arrays = Object.entries(splits).flatMap(([name, split]) => [
    [`${name}_images`, { shape: [split.labels.length, patch, patch], data: split.images }],
    [`${name}_labels`, { shape: [split.labels.length, 1], data: split.labels }],
  ]);
  await writeNpz(path.join(__dirname, '..', 'brainregion.npz'), Object.fromEntries(arrays));
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
