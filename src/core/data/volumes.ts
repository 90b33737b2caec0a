/**
 * Volumes as examples of a classifier: the middle slices of a file or of a DICOM series. Every slice is an image with the
 * label of its volume, and all slices of a volume are one group.
 */
import { open } from 'node:fs/promises';
import path from 'node:path';
import { constants, gunzipSync } from 'node:zlib';
import type { VolumeAxis } from '../../protocol/dataSettings';
import { type ImageFile, mayBeDicom, mayHaveSlices } from './imageFiles';
import { inParallel } from './inParallel';
import { type DicomPlace, readDicomPlace } from './medical/dicomSeries';
import { niftiDepth } from './medical/nifti';

export interface VolumeOptions {
  /** How many middle slices; all where there are fewer. Default: 1. */
  readonly slices?: number | undefined;
  readonly axis?: VolumeAxis | undefined;
  /** DICOM's PatientID becomes the group. */
  readonly byPatient?: boolean | undefined;
  /** Only files with the same value can be of one series; undefined for a file that stands alone. Default: their folder. */
  readonly together?: ((file: ImageFile) => string | undefined) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Files whose headers are read at the same time. */
const parallel = 16;

/**
 * `files` with every series of DICOM files that lie in one folder replaced by its middle slices, and every file of several slices by as
 * many entries. The order is kept: a series comes where its first file was. `base`: what the paths are relative to.
 */
export async function chooseSlices(
  base: string,
  files: readonly ImageFile[],
  options: VolumeOptions,
): Promise<ImageFile[]> {
  const { slices = 1, byPatient, together = folderOf, signal } = options;
  const places = new Map<ImageFile, DicomPlace>();
  await inParallel(
    files.filter((file) => mayBeDicom(path.posix.basename(file.path))),
    parallel,
    async (file) => {
      signal?.throwIfAborted();
      const place = await readDicomPlace(path.resolve(base, file.path));
      if (place) places.set(file, place);
    },
  );
  const series = seriesOf(places, together);
  const depths = new Map<ImageFile, number>();
  if (slices > 1)
    await inParallel(
      files.filter((file) => !series.has(file) && mayHaveSlices(path.posix.basename(file.path))),
      parallel,
      async (file) => {
        signal?.throwIfAborted();
        const depth =
          places.get(file)?.frames ?? (await depthOf(path.resolve(base, file.path), options.axis));
        depths.set(file, depth);
      },
    );
  const out: ImageFile[] = [];
  for (const file of files) {
    const patient = places.get(file)?.patient;
    const group = byPatient && patient ? patient : file.group;
    const volume = series.get(file);
    if (volume) {
      if (volume[0] !== file) continue;
      const ordered = [...volume].sort((a, b) => places.get(a)!.position - places.get(b)!.position);
      const count = Math.min(slices, ordered.length);
      const first = Math.floor((ordered.length - count) / 2);
      for (const slice of ordered.slice(first, first + count))
        out.push({ ...slice, group: group ?? file.path });
      continue;
    }
    const of = Math.min(slices, depths.get(file) ?? 1);
    if (of === 1) out.push(group === file.group ? file : { ...file, group });
    else
      for (let index = 0; index < of; index++)
        out.push({ ...file, group: group ?? file.path, slice: { index, of } });
  }
  return out;
}

function folderOf({ path: file, label }: ImageFile): string {
  return `${label}\0${path.posix.dirname(file)}`;
}

/** Files of each series of two or more, under each of them; files with several frames are volumes of their own. */
function seriesOf(
  places: ReadonlyMap<ImageFile, DicomPlace>,
  together: (file: ImageFile) => string | undefined,
): Map<ImageFile, readonly ImageFile[]> {
  const found = new Map<string, ImageFile[]>();
  for (const [file, { series, frames }] of places) {
    const where = together(file);
    if (where === undefined || series === '' || frames > 1) continue;
    const key = `${where}\0${series}`;
    const members = found.get(key);
    if (members) members.push(file);
    else found.set(key, [file]);
  }
  const series = new Map<ImageFile, readonly ImageFile[]>();
  for (const members of found.values()) {
    if (members.length < 2) continue;
    // They were read in any order.
    members.sort((a, b) => (a.path < b.path ? -1 : 1));
    for (const file of members) series.set(file, members);
  }
  return series;
}

/** Slices or pages of a file; 1 where it cannot be read, which decoding will tell. */
async function depthOf(file: string, axis: VolumeAxis | undefined): Promise<number> {
  try {
    if (/\.tiff?$/i.test(file)) {
      // Native code, which the threads that decode load anyway, is loaded here only where it is needed.
      const { default: sharp } = await import('sharp');
      return (await sharp(file).metadata()).pages ?? 1;
    }
    return niftiDepth(await readStart(file), axis);
  } catch {
    return 1;
  }
}

async function readStart(file: string): Promise<Buffer> {
  const handle = await open(file, 'r');
  try {
    const bytes = Buffer.alloc(64 * 1024);
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
    const start = bytes.subarray(0, bytesRead);
    if (start[0] !== 0x1f) return start;
    // Cut off, so that it ends early: that is no error here.
    return gunzipSync(start, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 128 * 1024 * 1024 });
  } finally {
    await handle.close();
  }
}
