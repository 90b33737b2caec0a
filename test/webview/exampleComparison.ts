/** Comparisons to draw in tests: made by formulas that look like two networks, with every awkward value a real one may have. */

import { measures as table } from '../../src/core/similarity/measures';
import type { CompareResult, MeasureDescription, MeasureResult } from '../../src/protocol/compare';
import type { CompareSnapshot } from '../../src/protocol/comparePanel';

/** The measures as the engine tells them. */
export const measures: MeasureDescription[] = table.map(({ compare: _, ...about }) => about);

export const layerNames = (count: number, prefix = 'block'): string[] => [
  ...Array.from({ length: count - 1 }, (_, i) => `${prefix}.${i}`),
  'final',
];

/** Similar where layers are at about the same depth, less so towards the end of the network. */
export function exampleValue(row: number, column: number, rows: number, columns: number): number {
  const [a, b] = [row / Math.max(1, rows - 1), column / Math.max(1, columns - 1)];
  return Math.max(0, 1 - 0.9 * Math.abs(a - b) - 0.35 * a * b);
}

export function exampleMeasure(rows: number, columns: number, id = 'cka-debiased'): MeasureResult {
  const larger = measures.find((measure) => measure.id === id)!.larger;
  const value = (i: number, j: number) => {
    const similarity = exampleValue(i, j, rows, columns);
    return larger === 'more similar' ? similarity : 1 - similarity;
  };
  return {
    matrix: Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => value(i, j))),
    larger,
  };
}

export interface ExampleOptions {
  readonly layers?: number;
  readonly layersB?: readonly string[];
  readonly measures?: readonly string[];
  readonly large?: boolean;
}

export function exampleResult({
  layers = 7,
  layersB = layerNames(layers),
  measures: ids = ['cka-debiased'],
}: ExampleOptions = {}): CompareResult {
  return {
    a: '/home/mia/models/vit',
    b: '/home/mia/.repsim/runs/one',
    data: '/home/mia/brain.npz',
    split: 'test',
    n: 480,
    images: 480,
    samples: 'cls',
    seed: 0,
    layersA: layerNames(layers),
    layersB: [...layersB],
    measures: Object.fromEntries(ids.map((id) => [id, exampleMeasure(layers, layersB.length, id)])),
    runtime: 'onnx-cpu',
    seconds: 2.5,
    notes: [],
  };
}

export function doneSnapshot(options: ExampleOptions = {}): CompareSnapshot {
  return {
    type: 'snapshot',
    large: options.large ?? false,
    sources: [
      {
        path: '/home/mia/.repsim/runs/one',
        kind: 'run',
        name: 'repsim brain',
        detail: '4/11/2026',
        data: 'brain.npz',
      },
      { path: '/home/mia/models/vit', kind: 'checkpoint', name: 'vit', detail: 'models' },
      { path: '/home/mia/out/a.safetensors', kind: 'dump', name: 'a.safetensors', detail: 'out' },
      { path: '/home/mia/out/b.npz', kind: 'dump', name: 'b.npz', detail: 'out' },
    ],
    data: [{ path: '/home/mia/other.npz', name: 'other.npz', detail: '.' }],
    measures,
    choice: {
      a: '/home/mia/models/vit',
      b: '/home/mia/.repsim/runs/one',
      measures: [...(options.measures ?? ['cka-debiased'])],
      samples: 'cls',
    },
    state: 'done',
    result: exampleResult(options),
    coarse: false,
  };
}

export function incompleteSnapshot(): CompareSnapshot {
  const { result: _, ...rest } = doneSnapshot();
  return { ...rest, choice: { measures: ['cka-debiased'], samples: 'cls' }, state: 'incomplete' };
}
