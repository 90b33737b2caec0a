/** What of a landscape can be shown: loss or accuracy, on each split that it was computed on. */

import * as l10n from '@vscode/l10n';
import { baseName } from '../../src/protocol/baseName';
import type { LandscapeResult } from '../../src/protocol/landscape';
import { formatPercent, formatValue } from '../shared/charts/format';

export interface Quantity {
  readonly id: string;
  readonly label: string;
  readonly kind: 'loss' | 'accuracy';
  readonly n: number;
  /** grids[model][row of y][column of x]. */
  readonly grids: LandscapeResult['loss'];
}

const labels = {
  loss: {
    train: () => l10n.t('Loss on training images'),
    val: () => l10n.t('Loss on validation images'),
    test: () => l10n.t('Loss on test images'),
  },
  accuracy: {
    train: () => l10n.t('Accuracy on training images'),
    val: () => l10n.t('Accuracy on validation images'),
    test: () => l10n.t('Accuracy on test images'),
  },
} as const;

/** The loss on the main split first. */
export function quantitiesOf(result: LandscapeResult): Quantity[] {
  return [result, ...(result.others ?? [])].flatMap(({ split, n, loss, accuracy }) =>
    (['loss', 'accuracy'] as const).map((kind) => ({
      id: `${kind}-${split}`,
      label: labels[kind][split](),
      kind,
      n,
      grids: kind === 'loss' ? loss : accuracy,
    })),
  );
}

export function writeQuantity({ kind }: Quantity, value: number | null | undefined): string {
  return kind === 'loss' ? formatValue(value) : formatPercent(value);
}

/** Name of the model that each surface is around; of a folder, its last part. */
export function surfaceNames(result: LandscapeResult, names: readonly string[]): string[] {
  if (result.models.length === names.length) return [...names];
  return result.models.map(baseName);
}

/** Why values are null; undefined while points are still to come. */
export function missingText({ complete, why }: LandscapeResult): string | undefined {
  if (!complete) return undefined;
  return why ?? l10n.t('the loss is not a finite number there');
}
