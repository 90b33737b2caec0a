/** What the benches of a vision transformer measure: sizes of the network and of the work, as options of the command line. */
import { parseArgs } from 'node:util';
import type { RuntimeName } from '../src/protocol/runtime';

/** `product`: a square matrix product, what the machine can do at best; `point`: one point of a plane of the loss. */
export const works = ['step', 'forward', 'point', 'product'] as const;
export type Work = (typeof works)[number];

export interface VitBench {
  readonly work: Work;
  readonly width: number;
  readonly depth: number;
  readonly heads: number;
  readonly image: number;
  readonly patch: number;
  readonly batch: number;
  readonly classes: number;
  readonly clip: number;
  /** Rows of the matrices of `product`. */
  readonly side: number;
  readonly threads: number;
  readonly runtime: RuntimeName;
  /** Of PyTorch: "cpu", "cuda", or "cuda-tf32", whose products round their factors to 10 bits. */
  readonly device: string;
  /** Bursts of each side, alternating. */
  readonly bursts: number;
  /** Runs of the work in one burst. */
  readonly steps: number;
}

/** The networks at 224 pixels that people know: 197 tokens, 12 blocks. */
const at224 = { depth: 12, image: 224, patch: 16, bursts: 3, steps: 3 };

const presets: Readonly<Record<string, Partial<VitBench>>> = {
  /** 65 tokens of width 192, 4 blocks: 1.9 M parameters */
  reference: {},
  'vit-ti': { ...at224, width: 192, heads: 3, batch: 16 },
  'vit-s': { ...at224, width: 384, heads: 6, batch: 8 },
  'vit-b': { ...at224, width: 768, heads: 12, batch: 4 },
};

const defaults: VitBench = {
  work: 'step',
  width: 192,
  depth: 4,
  heads: 3,
  image: 64,
  patch: 8,
  batch: 16,
  classes: 10,
  clip: 0,
  side: 1024,
  threads: 2,
  runtime: 'onnx-cpu',
  device: 'cpu',
  bursts: 4,
  steps: 15,
};

const words: readonly string[] = ['work', 'runtime', 'device'];

export function readOptions(args: readonly string[]): VitBench {
  const names = Object.keys(defaults) as (keyof VitBench)[];
  const options = Object.fromEntries(
    [...names, 'preset' as const].map((name) => [name, { type: 'string' as const }]),
  );
  const { values } = parseArgs({ args: [...args], options });
  const preset = presets[String(values.preset ?? 'reference')];
  if (!preset) throw new Error(`There is no preset "${values.preset}": ${Object.keys(presets).join(', ')}.`);
  const given = names.flatMap((name) => {
    const value = values[name];
    return value === undefined ? [] : [[name, words.includes(name) ? value : Number(value)]];
  });
  const bench: VitBench = { ...defaults, ...preset, ...Object.fromEntries(given) };
  if (!works.includes(bench.work)) throw new Error(`There is no work "${bench.work}": ${works.join(', ')}.`);
  return bench;
}

/**
 * Floating-point operations of the matrix products of one run of the work (a multiplication and an addition are two):
 * patches, query/key/value, scores, mixing, projection and MLP. A step is three forward passes: the gradient of a product is two.
 */
export function operations({ work, width: d, depth, image, patch, batch, classes, side }: VitBench): number {
  if (work === 'product') return 2 * side ** 3;
  const patches = (image / patch) ** 2;
  const t = patches + 1;
  const block = 2 * t * (4 * d * d + 8 * d * d) + 2 * 2 * t * t * d;
  const forward = batch * (2 * patches * 3 * patch * patch * d + depth * block + 2 * d * classes);
  return work === 'step' ? 3 * forward : forward;
}
