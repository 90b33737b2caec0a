/** What bench/step measures: sizes of the network and of the work, as options of the command line. */
import { parseArgs } from 'node:util';
import type { RuntimeName } from '../src/protocol/runtime';

export interface StepBench {
  readonly width: number;
  readonly depth: number;
  readonly heads: number;
  readonly image: number;
  readonly patch: number;
  readonly batch: number;
  readonly classes: number;
  readonly clip: number;
  readonly threads: number;
  readonly runtime: RuntimeName;
  /** Bursts of steps of each side, alternating. */
  readonly bursts: number;
  /** Steps of one burst. */
  readonly steps: number;
}

const presets: Readonly<Record<string, Partial<StepBench>>> = {
  /** 65 tokens of width 192, 4 blocks: 1.9 M parameters */
  reference: {},
  /** ViT-S/16 at 224: 197 tokens of width 384, 12 blocks, 21.7 M parameters */
  'vit-s': { width: 384, depth: 12, heads: 6, image: 224, patch: 16, batch: 8, bursts: 3, steps: 3 },
};

const defaults: StepBench = {
  width: 192,
  depth: 4,
  heads: 3,
  image: 64,
  patch: 8,
  batch: 16,
  classes: 10,
  clip: 0,
  threads: 2,
  runtime: 'onnx-cpu',
  bursts: 4,
  steps: 15,
};

export function readOptions(args: readonly string[]): StepBench {
  const names = Object.keys(defaults) as (keyof StepBench)[];
  const options = Object.fromEntries(
    [...names, 'preset' as const].map((name) => [name, { type: 'string' as const }]),
  );
  const { values } = parseArgs({ args: [...args], options });
  const preset = presets[String(values.preset ?? 'reference')];
  if (!preset) throw new Error(`There is no preset "${values.preset}": ${Object.keys(presets).join(', ')}.`);
  const given = names.flatMap((name) => {
    const value = values[name];
    return value === undefined ? [] : [[name, name === 'runtime' ? value : Number(value)]];
  });
  return { ...defaults, ...preset, ...Object.fromEntries(given) };
}
