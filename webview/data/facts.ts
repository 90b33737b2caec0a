/** The facts of a data set as tables, and what is wrong with it as sentences. */
import * as l10n from '@vscode/l10n';
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
  dark,
  classes,
  splits,
}: Inspection): [kind: string, text: string][] {
  const problems: [string, string][] = [];
  if (duplicates.across > 0)
    problems.push([
      'error',
      duplicates.across === 1
        ? l10n.t(
            '1 image of validation or test is in an earlier split too: figures on them say nothing about new images.',
          )
        : l10n.t(
            '{0} images of validation or test are in an earlier split too: figures on them say nothing about new images.',
            formatCount(duplicates.across),
          ),
    ]);
  if (duplicates.contradictory > 0)
    problems.push([
      'error',
      duplicates.contradictory === 1
        ? l10n.t('1 image occurs more than once with different labels.')
        : l10n.t(
            '{0} images occur more than once with different labels.',
            formatCount(duplicates.contradictory),
          ),
    ]);
  if (skipped.count > 0)
    problems.push([
      'warning',
      skipped.count === 1
        ? l10n.t('1 file cannot be read and is left out.')
        : l10n.t('{0} files cannot be read and are left out.', formatCount(skipped.count)),
    ]);
  if (duplicates.within > 0)
    problems.push([
      'warning',
      duplicates.within === 1
        ? l10n.t('1 image repeats another one of its split.')
        : l10n.t('{0} images repeat another one of its split.', formatCount(duplicates.within)),
    ]);
  if (dark > 0)
    problems.push([
      'warning',
      dark === 1
        ? l10n.t('1 gray image of over 8 bits looks black: set "window" to the values that matter.')
        : l10n.t(
            '{0} gray images of over 8 bits look black: set "window" to the values that matter.',
            formatCount(dark),
          ),
    ]);
  const untrained = classes.filter(
    (_, i) => splits.find(({ name }) => name === 'train')?.classCounts[i] === 0,
  );
  if (untrained.length > 0)
    problems.push([
      'warning',
      l10n.t(
        'No image to train on: {0}.',
        untrained
          .slice(0, 10)
          .map((name) => displayName(name, 60))
          .join(', '),
      ),
    ]);
  if (ignored > 0)
    problems.push([
      'note',
      ignored === 1
        ? l10n.t('1 file is no image by the name and not looked at.')
        : l10n.t('{0} files are no image by the name and not looked at.', formatCount(ignored)),
    ]);
  return problems;
}

export function factTables(inspection: Inspection): FactTable[] {
  const { sizes, formats, depths, duplicates, skipped, groups } = inspection;
  const size = ({ width, height }: { width: number; height: number }) => `${width} x ${height}`;
  const tables: FactTable[] = [
    {
      id: 'sizes-head',
      title: l10n.t('Sizes of the files'),
      table: {
        caption:
          sizes.different === 1
            ? l10n.t('All images have one size')
            : l10n.t(
                '{0} sizes from {1} to {2}; the most frequent',
                formatCount(sizes.different),
                size(sizes.smallest),
                size(sizes.largest),
              ),
        columns: [l10n.t('width x height'), l10n.t('images')],
        rows: sizes.common.map((common) => [size(common), formatCount(common.images)]),
      },
    },
    {
      id: 'formats-head',
      title: l10n.t('Formats'),
      table: {
        caption: formatsCaption(groups),
        columns: [l10n.t('format'), l10n.t('images')],
        rows: [
          ...formats.map(({ format, images }) => [displayName(format, 40), formatCount(images)]),
          ...depths.map(({ channels, bits, images }) => [
            channels === 1
              ? l10n.t('1 channel of {0} bits', bits)
              : l10n.t('{0} channels of {1} bits', channels, bits),
            formatCount(images),
          ]),
        ],
      },
    },
  ];
  if (duplicates.first.length > 0) {
    tables.push({
      id: 'duplicates-head',
      title: l10n.t('Images with the same pixels'),
      table: {
        caption: l10n.t(
          'The first {0} sets, contradictory ones before those across splits',
          Math.min(mostShown, duplicates.first.length),
        ),
        columns: [l10n.t('image'), l10n.t('is also'), l10n.t('labels')],
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
      title: l10n.t('Files that cannot be read'),
      table: {
        caption: l10n.t(
          'The first {0} of {1}',
          Math.min(mostShown, skipped.first.length),
          formatCount(skipped.count),
        ),
        columns: [l10n.t('file'), l10n.t('reason')],
        rows: skipped.first
          .slice(0, mostShown)
          .map(({ path, reason }) => [displayName(path, longestPlace), displayName(reason, 300)]),
      },
    });
  }
  return tables;
}

function formatsCaption(groups: Inspection['groups']): string {
  if (!groups) return l10n.t('What the files hold');
  const count = formatCount(groups.count);
  return groups.by
    ? l10n.t('What the files hold; {0} groups stay together by {1}', count, displayName(groups.by, 60))
    : l10n.t('What the files hold; {0} groups stay together', count);
}

export function placeOf({ split, path }: { readonly split: string; readonly path: string }): string {
  return `${split}: ${displayName(path, longestPlace)}`;
}

export function labelsOf({ classes }: Inspection, indices: readonly number[]): string {
  return (
    indices.map((index) => displayName(classes[index] ?? String(index), 60)).join(', ') || l10n.t('none')
  );
}
