/**
 * Which images a table names: a CSV with the columns `path,label[,split]`, or with a column of 0 and 1 for each of several labels. Header
 * names in any case and with the usual synonyms, delimited by comma, semicolon or tab, quoted, with or without a byte order mark.
 * Paths are relative to the table; a path to a folder is a DICOM series.
 */
import path from 'node:path';
import type { DataSettings } from '../../protocol/dataSettings';
import { UserError } from '../errors';
import { type CsvTable, readCsvTable } from './csvTable';
import type { SplitName } from './dataset';
import type { ImageFile, ListedImages } from './imageFiles';
import { splitCalled } from './splitWords';
import { findTableFiles } from './tableFiles';
import { chooseSlices, type VolumeOptions } from './volumes';

const synonyms = {
  path: [
    ...['path', 'file', 'filename', 'file_name', 'filepath', 'file_path', 'image', 'image_path', 'img'],
    ...['image_name', 'image_file', 'image_id', 'image_index', 'isic_id', 'id_code', 'id'],
  ],
  label: ['label', 'labels', 'class', 'class_name', 'target', 'category', 'diagnosis', 'dx', 'y'],
  split: ['split', 'set', 'subset', 'partition'],
};
/** A table with more is a mistake: it bounds the list of classes. */
const maxClasses = 65_536;

export interface ListCsvOptions
  extends Pick<VolumeOptions, 'slices' | 'axis' | 'signal'>,
    Pick<DataSettings, 'groupBy' | 'pathColumn' | 'labelColumns' | 'task'> {}

/** Throws UserError, one sentence with the line, for anything that is wrong with the table. */
export async function listCsv(file: string, options: ListCsvOptions = {}): Promise<ListedImages> {
  const { groupBy, slices, axis, signal } = options;
  const table = await readCsvTable(file, signal);
  if (table.rows.length === 0)
    throw new UserError(`${file} names no images: it has no rows under its header.`);
  const columns = findColumns(table, options);
  checkEncoding(table, columns);
  const base = path.dirname(path.resolve(file));
  const [first, second] = columns.labels;
  const labelled =
    second === undefined ? oneLabel(table, first!) : severalLabels(table, columns.labels, options);
  const rows = await findTableFiles(table, columns.path, signal);
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
  const volumes = { slices, axis, byPatient, together, signal };
  for (const [name, images] of Object.entries(files))
    files[name as SplitName | 'all'] = await chooseSlices(base, images, volumes);
  return { base, classes: labelled.classes, labelSets: labelled.labelSets, files, ignored: 0 };
}

interface Columns {
  readonly path: number;
  /** One with the class, or one for each of several labels. */
  readonly labels: readonly number[];
  readonly split: number | undefined;
  readonly group: number | undefined;
}

function findColumns({ file, header }: CsvTable, options: ListCsvOptions): Columns {
  const { groupBy, pathColumn, labelColumns } = options;
  const plain = (name: string) =>
    name
      .trim()
      .toLowerCase()
      .replace(/[\s-]+/g, '_');
  const names = header.map(plain);
  const has = `it has ${header.map((name) => `"${name}"`).join(', ')}`;
  const only = (name: string): number | undefined => {
    const at = names.indexOf(name);
    if (at >= 0 && names.indexOf(name, at + 1) >= 0)
      throw new UserError(`${file} has two columns "${header[at]}": keep one.`);
    return at < 0 ? undefined : at;
  };
  const find = (kind: keyof typeof synonyms): number | undefined => {
    for (const synonym of synonyms[kind]) {
      const at = only(synonym);
      if (at !== undefined) return at;
    }
    return undefined;
  };
  const asked = (name: string, setting: string): number => {
    const at = only(plain(name));
    if (at !== undefined) return at;
    throw new UserError(`${file} has no column "${name}" (${has}): name one of these in "${setting}".`);
  };
  const at = pathColumn === undefined ? find('path') : asked(pathColumn, 'pathColumn');
  if (at === undefined)
    throw new UserError(
      `${file} has no column "path" (${has}): name the one with the files of the images in "pathColumn".`,
    );
  const byColumn = groupBy !== undefined && (groupBy !== 'PatientID' || only(plain(groupBy)) !== undefined);
  const group = byColumn ? asked(groupBy, 'groupBy') : undefined;
  const split = find('split');
  const label = find('label');
  const others = header.flatMap((_, column) => ([at, split, group].includes(column) ? [] : [column]));
  const labels =
    labelColumns?.map((name) => asked(name, 'labelColumns')) ?? (label === undefined ? others : [label]);
  if (labelColumns === undefined && label === undefined && others.length < 2)
    throw new UserError(
      `${file} has no column "label" (${has}): name the one with the classes in "labelColumns", or give a column of 0 and 1 for each of several labels.`,
    );
  return { path: at, labels, split, group };
}

/** What is no UTF-8 was read as this character: two names that differ in it would become one. */
const unread = '\ufffd';

/** Looks at what is used only. Throws UserError. */
function checkEncoding({ file, header, rows }: CsvTable, columns: Columns): void {
  const { path: ofPath, labels, split, group } = columns;
  const used = [ofPath, ...labels, split, group].filter((column) => column !== undefined);
  const named = labels.length > 1 ? labels : [];
  const line = named.some((column) => header[column]!.includes(unread))
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

/** Classes are the values there are: by number where all are whole numbers, as 1 or as 1.0, else by name. */
function oneLabel({ file, header, rows }: CsvTable, column: number): Labelled {
  const values = rows.map(({ fields, line }) => {
    const value = (fields[column] ?? '').trim();
    if (value === '')
      throw new UserError(`${file} line ${line} has no "${header[column]}": every image needs one.`);
    return value;
  });
  const numeric = values.every((value) => /^\d{1,15}([.,]0+)?$/.test(value));
  const names = numeric ? values.map((value) => String(Number.parseInt(value, 10))) : values;
  const classes = [...new Set(names)].sort(numeric ? (a, b) => Number(a) - Number(b) : undefined);
  if (classes.length > maxClasses)
    throw new UserError(
      `${file} has ${classes.length} different values of "${header[column]}", over ${maxClasses}: it must hold the class of each image.`,
    );
  const index = new Map(classes.map((name, i) => [name, i]));
  return { classes, labels: names.map((name) => index.get(name)!) };
}

/** Labels that exclude each other in every row are the classes of a table of one class an image, unless more are asked for. */
function severalLabels(
  { file, header, rows }: CsvTable,
  labels: readonly number[],
  { labelColumns, task }: ListCsvOptions,
): Labelled {
  const sets: Uint8Array[] = [];
  const known = new Map<string, number>();
  const ofRows = rows.map(({ fields, line }) => {
    const row = labels.map((column) => {
      const value = Number((fields[column] ?? '').trim() || Number.NaN);
      if (value !== 0 && value !== 1)
        throw new UserError(
          `${file} line ${line} has "${fields[column]}" in the column "${header[column]}", but each of several labels is 0 or 1: ${labelColumns ? 'correct it, or leave the column or the row out' : 'name the columns that are labels in "labelColumns", or correct it'}.`,
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
  const classes = labels.map((column) => header[column]!.trim());
  const exclusive = sets.every((set) => set.filter((on) => on === 1).length === 1);
  if (exclusive && task !== 'multi-label')
    return { classes, labels: ofRows.map((at) => sets[at]!.indexOf(1)) };
  return { classes, labels: ofRows, labelSets: sets };
}

function splitOf({ file }: CsvTable, value: string, line: number): SplitName {
  const split = splitCalled(value);
  if (!split)
    throw new UserError(
      `${file} line ${line} has the split "${value}": use train, val or test, or leave out the column.`,
    );
  return split;
}
