/** The figures of sharpness with their errors, what each means, and the density of the curvatures. */
import * as l10n from '@vscode/l10n';
import { max, min } from 'd3';
import type { SharpnessMeasure, SharpnessResult } from '../../src/protocol/sharpness';
import type { CurveChart } from '../shared/charts/curveChart';
import { displayName } from '../shared/charts/displayName';
import { formatCount, formatPercent, formatValue } from '../shared/charts/format';
import { valueRange } from '../shared/charts/levels';
import { seriesStyle } from '../shared/charts/palette';
import type { DataTable } from '../shared/dataTable';
import { explainMeasure } from './explanations';

export interface Measured {
  readonly name: string;
  /** Index of the model, which its colour goes by. */
  readonly model: number;
  readonly result: SharpnessResult;
}

interface Figure {
  readonly name: string;
  /** Undefined where it was not measured. */
  of(result: SharpnessResult): Reading | undefined;
}

interface Reading {
  readonly value: number | null;
  readonly error?: number | null | undefined;
  readonly text?: string;
  readonly why?: string | undefined;
}

/** One row a figure, one column a model; only what was measured. */
export function figuresTable(measured: readonly Measured[]): DataTable {
  const rows = figuresOf(measured)
    .map(({ name, of }) => ({ name, readings: measured.map(({ result }) => of(result)) }))
    .filter(({ readings }) => readings.some((reading) => reading !== undefined));
  const images = new Set(measured.map(({ result }) => `${result.n} ${result.split}`));
  const counted = [...images].reduce((all, one) => (all === '' ? one : l10n.t('{0} and {1}', all, one)), '');
  return {
    caption: l10n.t(
      'In nats, on {0} images; ± is the standard error, of eigenvalues the residual that bounds the error.',
      counted,
    ),
    columns: ['', ...measured.map(({ name }) => displayName(name, 32))],
    rows: rows.map(({ name, readings }) => [name, ...readings.map(written)]),
    values: rows.map(({ readings }) => readings.map((reading) => reading?.value ?? null)),
  };
}

function figuresOf(measured: readonly Measured[]): Figure[] {
  const most = Math.max(0, ...measured.map(({ result }) => result.topEigenvalues?.length ?? 0));
  const rho = (kind: 'sam' | 'asam') =>
    joined(
      'ρ',
      measured.map(({ result }) => result[kind]?.rho),
    );
  const sigma = (kind: 'average' | 'averageAdaptive') =>
    joined(
      'σ',
      measured.map(({ result }) => result[kind]?.sigma),
    );
  return [
    { name: l10n.t('Loss'), of: ({ loss, why }) => ({ value: loss, why }) },
    {
      name: l10n.t('Accuracy'),
      of: ({ accuracy }) => ({ value: accuracy, text: formatPercent(accuracy) }),
    },
    ...Array.from(
      { length: most },
      (_, i): Figure => ({
        name: i === 0 ? l10n.t('Largest eigenvalue λ₁ of the Hessian') : l10n.t('Eigenvalue {0}', i + 1),
        of: ({ topEigenvalues: all, residuals, why }) =>
          all === undefined ? undefined : { value: all?.[i] ?? null, error: residuals?.[i], why },
      }),
    ),
    {
      name: l10n.t('Smallest eigenvalue'),
      of: ({ smallestEigenvalue: value, smallestResidual: error }) =>
        value === undefined ? undefined : { value, error },
    },
    {
      name: l10n.t('Trace of the Hessian'),
      of: ({ trace }) => trace && { value: trace.value, error: trace.standardError, why: trace.why },
    },
    { name: `${l10n.t('SAM worst case')}${rho('sam')}`, of: ({ sam }) => sam },
    { name: `${l10n.t('Adaptive SAM')}${rho('asam')}`, of: ({ asam }) => asam },
    {
      name: `${l10n.t('Average case')}${sigma('average')}`,
      of: ({ average }) => average && { ...average, error: average.standardError },
    },
    {
      name: `${l10n.t('Adaptive average')}${sigma('averageAdaptive')}`,
      of: ({ averageAdaptive: found }) => found && { ...found, error: found.standardError },
    },
  ];
}

/** The values that there are, as an addition to a name; empty where there is none. */
function joined(symbol: string, values: readonly (number | undefined)[]): string {
  const known = [...new Set(values.filter((value) => value !== undefined))];
  return known.length === 0 ? '' : `, ${symbol} = ${known.join(' / ')}`;
}

function written(reading: Reading | undefined): string {
  if (!reading) return '';
  if (reading.value === null) return reading.why ? `– (${displayName(reading.why, 80)})` : '–';
  const error =
    reading.error === null || reading.error === undefined ? '' : ` ± ${formatValue(reading.error)}`;
  return `${reading.text ?? formatValue(reading.value)}${error}`;
}

/** What each measured figure means, in the order of the table. */
export function definitionsOf(measured: readonly Measured[]): readonly (readonly [string, string])[] {
  const has: Record<SharpnessMeasure, (result: SharpnessResult) => boolean> = {
    eigenvalues: ({ topEigenvalues }) => topEigenvalues !== undefined,
    trace: ({ trace }) => trace !== undefined,
    density: ({ density }) => density !== undefined,
    sam: ({ sam }) => sam !== undefined,
    asam: ({ asam }) => asam !== undefined,
    average: ({ average }) => average !== undefined,
    'average-adaptive': ({ averageAdaptive }) => averageAdaptive !== undefined,
    layers: ({ layers }) => layers !== undefined,
  };
  return (Object.keys(has) as SharpnessMeasure[])
    .filter((measure) => measured.some(({ result }) => has[measure](result)))
    .map(explainMeasure);
}

/** Trace and largest eigenvalue of every layer; undefined where none were measured. */
export function layersTable({ name, result: { layers } }: Measured): DataTable | undefined {
  if (!layers) return undefined;
  return {
    caption: l10n.t('Curvature of every layer by itself, {0}', displayName(name, 32)),
    columns: [l10n.t('layer'), l10n.t('parameters'), l10n.t('trace'), l10n.t('largest eigenvalue')],
    rows: layers.map((layer) => [
      displayName(layer.name),
      formatCount(layer.parameters),
      written({ value: layer.trace, error: layer.standardError, why: layer.why }),
      written({ value: layer.topEigenvalue, error: layer.residual }),
    ]),
    values: layers.map(({ parameters, trace, topEigenvalue }) => [parameters, trace, topEigenvalue]),
  };
}

/** Densities below this part of the highest are not drawn: kernels fall off for ever. */
const leastDensity = 1e-6;

/** The spectral densities on one picture, logarithmic; undefined where none was measured. */
export function densityChart(measured: readonly Measured[]): CurveChart | undefined {
  const found = measured.flatMap(({ name, model, result: { density } }) =>
    density && density.values.length > 1 ? [{ name, model, density }] : [],
  );
  const range = valueRange(
    found.flatMap(({ density }) => density.values.filter((value) => value > 0)),
    true,
  );
  if (!range) return undefined;
  const low = Math.max(range[0], leastDensity * range[1]);
  const grids = found.flatMap(({ density }) => density.grid);
  const { probes, steps, kernelWidth } = found[0].density;
  return {
    id: 'density',
    title: l10n.t(
      'Spectral density of the Hessian, {0} probes of {1} steps, kernel width {2}',
      probes,
      steps,
      formatValue(kernelWidth),
    ),
    summary: found
      .map(({ name, density: { grid } }) =>
        l10n.t('{0}: from {1} to {2}.', displayName(name), formatValue(grid[0]), formatValue(grid.at(-1))),
      )
      .join(' '),
    xLabel: l10n.t('curvature (eigenvalue)'),
    yLabel: l10n.t('density'),
    x: [min(grids)!, max(grids)!],
    y: [low, 1.2 * range[1]],
    logarithmic: true,
    percent: false,
    curves: found.map(({ name, model, density }) => ({
      name,
      style: seriesStyle(model),
      points: density.grid.map((x, i) => ({ x, y: Math.max(low, density.values[i]) })),
      ...(density.standardErrors && { errors: density.standardErrors }),
    })),
    missing: undefined,
    marks: [],
  };
}
