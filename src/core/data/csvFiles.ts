/**
 * Which images a table names: a CSV with the columns `path,label[,split]`, or with a column of 0 and 1 for each of several labels. Header
 * names in any case and with the usual synonyms, delimited by comma, semicolon or tab, quoted, with or without a byte order mark.
 * Paths are relative to the table; a path to a folder is a DICOM series.
 */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors';
import { type CsvTable, readCsvTable } from './csvTable';
import type { SplitName } from './dataset';
import { type ImageFile, type ListedImages, mayBeDicom } from './imageFiles';
import { inParallel } from './inParallel';
import { chooseSlices, type VolumeOptions } from './volumes';

const synonyms = {
  path: ['path', 'file', 'filename', 'file_name', 'filepath', 'file_path', 'image', 'image_path', 'img'],
  label: ['label', 'class', 'target', 'category', 'diagnosis', 'y'],
  split: ['split', 'set', 'subset', 'partition'],
};
const splits: ReadonlyMap<string, SplitName> = new Map([
  ['train', 'train'],
  ['training', 'train'],
  ['val', 'val'],
  ['valid', 'val'],
  ['validation', 'val'],
  ['dev', 'val'],
  ['test', 'test'],
  ['testing', 'test'],
]);
/** A table with more is a mistake: it bounds the list of classes. */
const maxClasses = 65_536;
/** The part of the files that may be missing; one always may. */
const maxMissing = 0.01;

export interface ListCsvOptions extends Pick<VolumeOptions, 'slices' | 'axis' | 'signal'> {
  /** Column whose equal values stay on one side of a split that is drawn; "PatientID" that of DICOM files. */
  readonly groupBy?: string | undefined;
}

/** Throws UserError, one sentence with the line, for anything that is wrong with the table. */
export async function listCsv(
  file: string,
  { groupBy, slices, axis, signal }: ListCsvOptions = {},
): Promise<ListedImages> {
  const table = await readCsvTable(file, signal);
  if (table.rows.length === 0)
    throw new UserError(`${file} names no images: it has no rows under its header.`);
  const columns = findColumns(table, groupBy);
  checkEncoding(table, columns);
  const base = path.dirname(path.resolve(file));
  const labelled =
    columns.label === undefined ? severalLabels(table, columns) : oneLabel(table, columns.label);
  const rows = await findFiles(table, base, columns.path, signal);
  const files: Partial<Record<SplitName | 'all', ImageFile[]>> = {};
  /** A row that names a file means that file alone, whatever series it is of. */
  const seriesRows = new Map<ImageFile, string>();
  for (const [i, { fields, line }] of table.rows.entries()) {
    const group = columns.group === undefined ? undefined : (fields[columns.group] ?? '').trim();
    const split = columns.split === undefined ? 'all' : splitOf(table, fields[columns.split] ?? '', line);
    files[split] ??= [];
    for (const found of rows[i]!) {
      const image: ImageFile = { ...found, label: labelled.labels[i]!, ...(group && { group }) };
      files[split].push(image);
      if (rows[i]!.length > 1) seriesRows.set(image, String(line));
    }
  }
  const byPatient = columns.group === undefined && groupBy === 'PatientID';
  const together = (image: ImageFile) => seriesRows.get(image);
  const options = { slices, axis, byPatient, together, signal };
  for (const [name, images] of Object.entries(files))
    files[name as SplitName | 'all'] = await chooseSlices(base, images, options);
  return { base, classes: labelled.classes, labelSets: labelled.labelSets, files, ignored: 0 };
}

interface Columns {
  readonly path: number;
  readonly label: number | undefined;
  readonly split: number | undefined;
  readonly group: number | undefined;
}

function findColumns({ file, header }: CsvTable, groupBy: string | undefined): Columns {
  const names = header.map((name) => name.trim().toLowerCase());
  const find = (kind: keyof typeof synonyms): number | undefined => {
    for (const synonym of synonyms[kind]) {
      const at = names.indexOf(synonym);
      if (at < 0) continue;
      if (names.indexOf(synonym, at + 1) >= 0)
        throw new UserError(`${file} has two columns "${header[at]}": keep one.`);
      return at;
    }
    return undefined;
  };
  const at = find('path');
  const has = `it has ${header.map((name) => `"${name}"`).join(', ')}`;
  if (at === undefined)
    throw new UserError(
      `${file} has no column "path" (${has}): name the column with the files of the images "path".`,
    );
  const group = groupBy === undefined ? -1 : names.indexOf(groupBy.trim().toLowerCase());
  if (groupBy !== undefined && group < 0 && groupBy !== 'PatientID')
    throw new UserError(
      `${file} has no column "${groupBy}" to group by (${has}): name one of these in "groupBy".`,
    );
  return { path: at, label: find('label'), split: find('split'), group: group < 0 ? undefined : group };
}

/** What is no UTF-8 was read as this character: two names that differ in it would become one. */
const unread = '\ufffd';

/** Looks at what is used only. Throws UserError. */
function checkEncoding({ file, header, rows }: CsvTable, columns: Columns): void {
  const used = Object.values(columns).filter((column) => column !== undefined);
  const names = columns.label === undefined ? header : [];
  const line = names.some((name) => name.includes(unread))
    ? 1
    : rows.find(({ fields }) => used.some((column) => fields[column]?.includes(unread)))?.line;
  if (line !== undefined)
    throw new UserError(
      `${file} line ${line} is not in UTF-8: save the table in this encoding, which Excel calls "CSV UTF-8".`,
    );
}

interface Labelled {
  readonly classes: readonly string[];
  /** Of every row: the class, or the row of `labelSets`. */
  readonly labels: readonly number[];
  readonly labelSets?: readonly Uint8Array[] | undefined;
}

/** Classes are the values there are: by number where all are whole numbers, else by name. */
function oneLabel({ file, header, rows }: CsvTable, column: number): Labelled {
  const values = rows.map(({ fields, line }) => {
    const value = (fields[column] ?? '').trim();
    if (value === '')
      throw new UserError(`${file} line ${line} has no "${header[column]}": every image needs one.`);
    return value;
  });
  const numeric = values.every((value) => /^\d{1,15}$/.test(value));
  const names = numeric ? values.map((value) => String(Number(value))) : values;
  const classes = [...new Set(names)].sort(numeric ? (a, b) => Number(a) - Number(b) : undefined);
  if (classes.length > maxClasses)
    throw new UserError(
      `${file} has ${classes.length} different values of "${header[column]}", over ${maxClasses}: it must hold the class of each image.`,
    );
  const index = new Map(classes.map((name, i) => [name, i]));
  return { classes, labels: names.map((name) => index.get(name)!) };
}

/** Every column that is nothing else is a label. */
function severalLabels({ file, header, rows }: CsvTable, columns: Columns): Labelled {
  const own = [columns.path, columns.split, columns.group];
  const labels = header.map((_, column) => column).filter((column) => !own.includes(column));
  if (labels.length < 2)
    throw new UserError(
      `${file} has no column "label" (it has ${header.map((name) => `"${name}"`).join(', ')}): name the column with the classes "label", or give a column of 0 and 1 for each of several labels.`,
    );
  const sets: Uint8Array[] = [];
  const known = new Map<string, number>();
  const ofRows = rows.map(({ fields, line }) => {
    const row = labels.map((column) => {
      const value = Number((fields[column] ?? '').trim() || Number.NaN);
      if (value !== 0 && value !== 1)
        throw new UserError(
          `${file} line ${line} has "${fields[column]}" in the column "${header[column]}": without a column "label" every further column must be a label of 0 or 1.`,
        );
      return value;
    });
    const key = row.join('');
    let at = known.get(key);
    if (at === undefined) {
      at = sets.push(Uint8Array.from(row)) - 1;
      known.set(key, at);
    }
    return at;
  });
  return { classes: labels.map((column) => header[column]!.trim()), labels: ofRows, labelSets: sets };
}

function splitOf({ file }: CsvTable, value: string, line: number): SplitName {
  const split = splits.get(value.trim().toLowerCase());
  if (!split)
    throw new UserError(
      `${file} line ${line} has the split "${value}": use train, val or test, or leave out the column.`,
    );
  return split;
}

type Found = Pick<ImageFile, 'path'>;

/** The file of every row, or the files of its folder. Few may be missing; they are found broken like any other. */
async function findFiles(
  { file, header, rows }: CsvTable,
  base: string,
  column: number,
  signal: AbortSignal | undefined,
): Promise<readonly (readonly Found[])[]> {
  const found: Found[][] = rows.map(() => []);
  const missing: { readonly line: number; readonly path: string }[] = [];
  await inParallel(rows.entries(), 32, async ([i, { fields, line }]) => {
    signal?.throwIfAborted();
    const given = (fields[column] ?? '').trim();
    if (given === '')
      throw new UserError(`${file} line ${line} has no "${header[column]}": every row needs one.`);
    const { name, stats } = await findFile(base, given);
    if (!stats) missing.push({ line, path: given });
    else if (!stats.isFile() && !stats.isDirectory())
      throw new UserError(
        `${file} line ${line} names ${given}, which is neither a file nor a folder: name an image.`,
      );
    found[i] = stats?.isDirectory() ? await seriesFolder(base, name) : [{ path: name }];
    if (found[i].length === 0)
      throw new UserError(
        `${file} line ${line} names the folder ${given}, which has no DICOM files: name one of a series, or a file.`,
      );
  });
  if (missing.length > Math.max(1, rows.length * maxMissing)) {
    const first = missing.reduce((a, b) => (a.line < b.line ? a : b));
    throw new UserError(
      `${file} line ${first.line} names ${first.path}, which does not exist in ${base}, and ${missing.length - 1} more lines do so: paths are relative to the table.`,
    );
  }
  return found;
}

/** As given, else with the separators of Windows turned round: tables travel. `stats` is undefined where there is no such file. */
async function findFile(base: string, given: string) {
  const turned = given.replaceAll('\\', '/');
  for (const name of path.sep === '\\' ? [turned] : new Set([given, turned])) {
    const stats = await stat(path.resolve(base, name)).catch(() => undefined);
    if (stats) return { name, stats };
  }
  return { name: given, stats: undefined };
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
