/** The facts of a data set as tables, and what is wrong with it as sentences. */
import type { Inspection } from '../../src/protocol/inspection';
import { displayName } from '../shared/charts/displayName';
import { formatCount } from '../shared/charts/format';
import type { DataTable } from '../shared/dataTable';

const longestPlace = 160;
/** More sets of equal images, or unreadable files, are only counted. */
const mostShown = 50;

export interface FactTable {
  readonly id: string;
  readonly title: string;
  readonly table: DataTable;
}

/** Worst first. */
export function problemsOf({
  skipped,
  duplicates,
  ignored,
  classes,
  splits,
}: Inspection): [kind: string, text: string][] {
  const problems: [string, string][] = [];
  const plural = (count: number, one: string, many: string) =>
    `${formatCount(count)} ${count === 1 ? one : many}`;
  if (duplicates.across > 0)
    problems.push([
      'error',
      `${plural(duplicates.across, 'image of validation or test is', 'images of validation or test are')} in an earlier split too: figures on them say nothing about new images.`,
    ]);
  if (duplicates.contradictory > 0)
    problems.push([
      'error',
      `${plural(duplicates.contradictory, 'image occurs', 'images occur')} more than once with different labels.`,
    ]);
  if (skipped.count > 0)
    problems.push([
      'warning',
      `${plural(skipped.count, 'file cannot be read and is', 'files cannot be read and are')} left out.`,
    ]);
  if (duplicates.within > 0)
    problems.push([
      'warning',
      `${plural(duplicates.within, 'image repeats', 'images repeat')} another one of its split.`,
    ]);
  const untrained = classes.filter(
    (_, i) => splits.find(({ name }) => name === 'train')?.classCounts[i] === 0,
  );
  if (untrained.length > 0)
    problems.push([
      'warning',
      `No image to train on: ${untrained
        .slice(0, 10)
        .map((name) => displayName(name, 60))
        .join(', ')}.`,
    ]);
  if (ignored > 0)
    problems.push([
      'note',
      `${plural(ignored, 'file is', 'files are')} no image by the name and not looked at.`,
    ]);
  return problems;
}

export function factTables(inspection: Inspection): FactTable[] {
  const { sizes, formats, depths, duplicates, skipped, groups } = inspection;
  const size = ({ width, height }: { width: number; height: number }) => `${width} x ${height}`;
  const tables: FactTable[] = [
    {
      id: 'sizes-head',
      title: 'Sizes of the files',
      table: {
        caption:
          sizes.different === 1
            ? 'All images have one size'
            : `${formatCount(sizes.different)} sizes from ${size(sizes.smallest)} to ${size(sizes.largest)}; the most frequent`,
        columns: ['width x height', 'images'],
        rows: sizes.common.map((common) => [size(common), formatCount(common.images)]),
      },
    },
    {
      id: 'formats-head',
      title: 'Formats',
      table: {
        caption: `What the files hold${groups ? `; ${formatCount(groups.count)} groups stay together${groups.by ? ` by ${displayName(groups.by, 60)}` : ''}` : ''}`,
        columns: ['format', 'images'],
        rows: [
          ...formats.map(({ format, images }) => [displayName(format, 40), formatCount(images)]),
          ...depths.map(({ channels, bits, images }) => [
            `${channels} ${channels === 1 ? 'channel' : 'channels'} of ${bits} bits`,
            formatCount(images),
          ]),
        ],
      },
    },
  ];
  if (duplicates.first.length > 0) {
    tables.push({
      id: 'duplicates-head',
      title: 'Images with the same pixels',
      table: {
        caption: `The first ${Math.min(mostShown, duplicates.first.length)} sets, contradictory ones before those across splits`,
        columns: ['image', 'is also', 'labels'],
        rows: duplicates.first
          .slice(0, mostShown)
          .map(([first, ...others]) => [
            placeOf(first!),
            others.map(placeOf).join('; '),
            [...new Set([first!, ...others].map(({ classes }) => labelsOf(inspection, classes)))].join(' / '),
          ]),
      },
    });
  }
  if (skipped.count > 0) {
    tables.push({
      id: 'skipped-head',
      title: 'Files that cannot be read',
      table: {
        caption: `The first ${Math.min(mostShown, skipped.first.length)} of ${formatCount(skipped.count)}`,
        columns: ['file', 'reason'],
        rows: skipped.first
          .slice(0, mostShown)
          .map(({ path, reason }) => [displayName(path, longestPlace), displayName(reason, 300)]),
      },
    });
  }
  return tables;
}

export function placeOf({ split, path }: { readonly split: string; readonly path: string }): string {
  return `${split}: ${displayName(path, longestPlace)}`;
}

export function labelsOf({ classes }: Inspection, indices: readonly number[]): string {
  return indices.map((index) => displayName(classes[index] ?? String(index), 60)).join(', ') || 'none';
}
