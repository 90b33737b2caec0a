/**
 * Where the files are that a table names: relative to it, absolute, or below the table's own folder by their name alone, without their
 * ending too, as tables of public data sets name them.
 */
import { opendir, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors';
import type { CsvTable } from './csvTable';
import { hasImageEnding, type ImageFile, imageStem, mayBeDicom } from './imageFiles';
import { inParallel } from './inParallel';

type Found = Pick<ImageFile, 'path'>;

/** The part of the files that may be missing; one always may. */
const maxMissing = 0.01;
/** How far below the table a file is looked for by its name. */
const maxDepth = 2;
/** Bounds that search, against a table in a folder such as "/". */
const maxSearched = 1_000_000;

/** The file of every row, or the files of its folder. Few may be missing; they are found broken like any other. Throws UserError. */
export async function findTableFiles(
  { file, header, rows }: CsvTable,
  column: number,
  signal: AbortSignal | undefined,
): Promise<readonly (readonly Found[])[]> {
  const base = path.dirname(path.resolve(file));
  const found: Found[][] = rows.map(() => []);
  const missing: { readonly line: number; readonly path: string }[] = [];
  let below: Promise<Searched> | undefined;
  await inParallel(rows.entries(), 32, async ([i, { fields, line }]) => {
    signal?.throwIfAborted();
    const given = (fields[column] ?? '').trim();
    if (given === '')
      throw new UserError(`${file} line ${line} has no "${header[column]}": every row needs one.`);
    const there = await findFile(base, given);
    if (!there) {
      below ??= searchBelow(base, signal);
      const places = (await below).get(given.replaceAll('\\', '/')) ?? [];
      if (places.length > 1)
        throw new UserError(
          `${file} line ${line} names ${given}, which may be ${places.join(' or ')} in ${base}: give the path of each image.`,
        );
      if (places.length === 0) missing.push({ line, path: given });
      found[i] = [{ path: places[0] ?? given }];
      return;
    }
    const { name, stats } = there;
    if (!stats.isFile() && !stats.isDirectory())
      throw new UserError(
        `${file} line ${line} names ${given}, which is neither a file nor a folder: name an image.`,
      );
    found[i] = stats.isDirectory() ? await seriesFolder(base, name) : [{ path: name }];
    if (found[i].length === 0)
      throw new UserError(
        `${file} line ${line} names the folder ${given}, which has no DICOM files: name one of a series, or a file.`,
      );
  });
  if (missing.length > Math.max(1, rows.length * maxMissing)) {
    const first = missing.reduce((a, b) => (a.line < b.line ? a : b));
    throw new UserError(
      `${file} line ${first.line} names ${first.path}, which does not exist in ${base}, and ${missing.length - 1} more lines do so: paths are relative to the table, so put it beside the images.`,
    );
  }
  return found;
}

/**
 * As given, else with the separators of Windows turned round, for tables travel, else relative to the folder above where the path begins
 * with the name of the table's folder.
 */
async function findFile(base: string, given: string) {
  const turned = given.replaceAll('\\', '/');
  const fromAbove = turned.startsWith(`${path.basename(base)}/`) ? [`../${turned}`] : [];
  for (const name of new Set([...(path.sep === '\\' ? [] : [given]), turned, ...fromAbove])) {
    const stats = await stat(path.resolve(base, name)).catch(() => undefined);
    if (stats) return { name, stats };
  }
  return undefined;
}

/** Paths of at most two images by what a table may call them: the name, with the folder or not, with the ending or not. */
type Searched = ReadonlyMap<string, readonly string[]>;

async function searchBelow(base: string, signal: AbortSignal | undefined): Promise<Searched> {
  const searched = new Map<string, string[]>();
  let entries = 0;
  const folders = [''];
  for (const folder of folders) {
    const names = await opendir(path.join(base, folder)).catch(() => undefined);
    if (!names) continue;
    for await (const entry of names) {
      signal?.throwIfAborted();
      if (++entries > maxSearched) return searched;
      if (entry.name.startsWith('.') || entry.name === '__MACOSX') continue;
      const place = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory() && place.split('/').length <= maxDepth) folders.push(place);
      if (!entry.isFile() || !hasImageEnding(entry.name)) continue;
      for (const called of new Set([entry.name, imageStem(entry.name), imageStem(place)])) {
        const places = searched.get(called);
        if (!places) searched.set(called, [place]);
        else if (places.length < 2) places.push(place);
      }
    }
  }
  return searched;
}

async function seriesFolder(base: string, folder: string): Promise<Found[]> {
  const names = (await readdir(path.resolve(base, folder))).filter(mayBeDicom).sort();
  const found: Found[] = [];
  for (const name of names) {
    const stats = await stat(path.resolve(base, folder, name));
    if (stats.isFile()) found.push({ path: `${folder.replace(/\/+$/, '')}/${name}` });
  }
  return found;
}
