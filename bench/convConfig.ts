/** What bench/convStep measures, as options of the command line. */
import { parseArgs } from 'node:util';
import type { RuntimeName } from '../src/protocol/runtime';

/** `small`: a stem with its pooling, two residual blocks and one with a depthwise convolution, 32 to 128 channels. */
const nets = ['small', 'resnet50', 'convnext-tiny'] as const;

export interface ConvBench {
  readonly net: (typeof nets)[number];
  readonly image: number;
  readonly batch: number;
  readonly classes: number;
  readonly threads: number;
  readonly runtime: RuntimeName;
  /** Bursts of steps of each side, alternating. */
  readonly bursts: number;
  /** Steps of one burst. */
  readonly steps: number;
}

const at224 = {
  image: 224,
  batch: 8,
  classes: 1000,
  threads: 2,
  runtime: 'onnx-cpu',
  bursts: 2,
  steps: 3,
} as const;

const presets: Readonly<Record<ConvBench['net'], Omit<ConvBench, 'net'>>> = {
  small: { image: 64, batch: 32, classes: 10, threads: 2, runtime: 'onnx-cpu', bursts: 5, steps: 10 },
  resnet50: at224,
  'convnext-tiny': at224,
};

export function readOptions(args: readonly string[]): ConvBench {
  const names = ['net', ...Object.keys(presets.small)];
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
  const { net: given = 'small', ...values } = parseArgs({ args: [...args], options }).values;
  const net = nets.find((name) => name === given);
  if (net === undefined) throw new Error(`There is no net "${given}": ${nets.join(', ')}.`);
  const numbers = Object.entries(values).map(([name, value]) => [
    name,
    name === 'runtime' ? value : Number(value),
  ]);
  return { net, ...presets[net], ...Object.fromEntries(numbers) };
}
