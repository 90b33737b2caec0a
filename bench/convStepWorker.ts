/** The TypeScript side of bench/convStep: compiles the step, then takes as many as each line of stdin asks for. */
import * as tf from '@tensorflow/tfjs-core';
import { valueExtrasAndGradient } from '../src/core/compute/differentiate';
import { openRuntime } from '../src/core/compute/open';
import { softmaxCrossEntropy } from '../src/core/compute/operations/crossEntropy';
import {
  type DeviceTensor,
  type Group,
  type Groups,
  type HostTensor,
  sizeOf,
  type TensorSpec,
} from '../src/core/compute/runtime';
import { createRandom } from '../src/core/random';
import type { ConvBench } from './convConfig';
import { netOf } from './convNets';
import { serveBursts } from './serveBursts';

const [rate, momentum] = [0.05, 0.9];

function mapSpecs(
  specs: Group<TensorSpec>,
  map: (spec: TensorSpec, name: string) => HostTensor,
): Group<HostTensor> {
  return Object.fromEntries(Object.entries(specs).map(([name, spec]) => [name, map(spec, name)]));
}

async function main(): Promise<void> {
  const bench = JSON.parse(process.argv[2]!) as ConvBench;
  const net = netOf(bench);
  const batch: Group<TensorSpec> = {
    images: { shape: [bench.batch, 3, bench.image, bench.image], dtype: 'float32' },
    targets: { shape: [bench.batch, bench.classes], dtype: 'float32' },
  };
  const runtime = await openRuntime(bench.runtime, { threads: bench.threads });
  const started = performance.now();
  const program = await runtime.compile(
    ({ parameters, velocity, buffers, batch: { images, targets } }) => {
      const { value, gradient, extras } = valueExtrasAndGradient((moved) => {
        const { logits, updates } = net.forward({ ...moved, ...buffers }, images!);
        return { loss: tf.mean(softmaxCrossEntropy(logits, targets!)), extras: updates };
      }, parameters!);
      const next: Record<string, tf.Tensor> = {};
      const faster: Record<string, tf.Tensor> = {};
      for (const [name, parameter] of Object.entries(parameters!)) {
        faster[name] = tf.add(tf.mul(velocity![name]!, momentum), gradient[name]!);
        next[name] = tf.sub(parameter, tf.mul(faster[name], rate));
      }
      return { parameters: next, velocity: faster, buffers: extras, metrics: { loss: value } };
    },
    { parameters: net.parameters, velocity: net.parameters, buffers: net.buffers, batch },
    { resident: ['parameters', 'velocity', 'buffers'] },
  );
  const compileMs = performance.now() - started;

  const random = createRandom(1);
  const filled = ({ shape }: TensorSpec, value: () => number): HostTensor => ({
    shape,
    dtype: 'float32',
    data: Float32Array.from({ length: sizeOf(shape) }, value),
  });
  let state: Groups<HostTensor | DeviceTensor> = {
    parameters: mapSpecs(net.parameters, (spec, name) => {
      if (spec.shape.length > 1) {
        const deviation = Math.sqrt(1 / sizeOf(spec.shape.slice(1)));
        return filled(spec, () => deviation * random.normal());
      }
      return filled(spec, () => (/gamma|norm.*weight|scale/.test(name) ? 1 : 0));
    }),
    velocity: mapSpecs(net.parameters, (spec) => filled(spec, () => 0)),
    buffers: mapSpecs(net.buffers, (spec) => filled(spec, () => 1)),
  };
  const data = {
    images: filled(batch.images!, () => random.normal()),
    targets: filled(batch.targets!, () => 0),
  };
  for (let i = 0; i < bench.batch; i++) data.targets.data[i * bench.classes + (i % bench.classes)] = 1;

  const step = async (): Promise<number> => {
    const { metrics, ...next } = await program.run({ ...state, batch: data });
    for (const group of Object.values(state))
      for (const tensor of Object.values(group)) if ('read' in tensor) tensor.dispose();
    state = { buffers: {}, ...next };
    return (await metrics!.loss!.read())[0]!;
  };
  await serveBursts(runtime, compileMs, step);
  await runtime.dispose();
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
