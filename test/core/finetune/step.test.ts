import assert from 'node:assert/strict';
import test from 'node:test';
import { openRuntime } from '../../../src/core/compute/open';
import type { DeviceTensor, Group, Groups, HostTensor } from '../../../src/core/compute/runtime';
import { sizeOf } from '../../../src/core/compute/runtime';
import { initialState } from '../../../src/core/finetune/optimisation';
import { representation } from '../../../src/core/finetune/representations';
import { compileStep } from '../../../src/core/finetune/step';
import { scalarInputs } from '../../../src/core/finetune/stepInputs';
import { frozenParameters, type StepPlan } from '../../../src/core/finetune/stepState';
import { headLogits } from '../../../src/core/models/head';
import { createVit } from '../../../src/core/models/vit';
import { createRandom } from '../../../src/core/random';

const batch = 6;
const model = createVit({
  width: 8,
  depth: 2,
  heads: 2,
  mlpWidth: 16,
  activation: 'gelu',
  layerNormEpsilon: 1e-6,
  attentionBias: true,
  image: { height: 8, width: 8 },
  patch: { height: 4, width: 4 },
  classes: 3,
});

function random(shape: readonly number[], seed: number, scale = 0.3): HostTensor {
  const draw = createRandom(seed);
  return {
    shape,
    dtype: 'float32',
    data: Float32Array.from({ length: sizeOf(shape) }, () => scale * draw.normal()),
  };
}

function parametersOf(seed: number): Group<HostTensor> {
  return Object.fromEntries(
    Object.entries(model.parameters).map(([name, { shape }], i) => [name, random(shape, 100 * seed + i)]),
  );
}

const pretrained = parametersOf(1);
const images = random([batch, 3, 8, 8], 7, 1);
const targets: HostTensor = {
  shape: [batch, 3],
  dtype: 'float32',
  data: Float32Array.from({ length: 3 * batch }, (_, i) => (i % 3 === Math.floor(i / 3) % 3 ? 1 : 0)),
};

function plan(settings: Partial<StepPlan['settings']>, rest: Partial<StepPlan> = {}): StepPlan {
  return {
    model,
    settings: { method: 'repsim', objective: 'feature', rotation: 'learned', clip: 1, batch, ...settings },
    kept: ['final'],
    frozen: 'given',
    ...rest,
  };
}

const scalars = {
  stepSize: 1e-3,
  // Large: the gradient of the key's bias is 0 up to rounding, and Adam would blow that up to whole steps.
  epsilon: 1e-3,
  keep: 0.999,
  lambda: 0.5,
  rotationStepSize: 1e-2,
  rotationEpsilon: 1e-3,
};

/** The CLS representation of every layer of the pretrained network. */
async function pretrainedFeatures(): Promise<Record<string, HostTensor>> {
  const runtime = await openRuntime('reference', {});
  const program = await runtime.compile(
    (inputs) => {
      const pass = model.forward(inputs.parameters!, inputs.batch!.images!);
      const layers = model.layers.map((layer) => [layer, representation(model, pass, layer, 'cls')]);
      return { layers: Object.fromEntries(layers), logits: { logits: pass.logits } };
    },
    { parameters: model.parameters, batch: { images } },
  );
  const { layers, logits } = await program.run({ parameters: pretrained, batch: { images } });
  const read = async ({ shape, dtype, read }: DeviceTensor, tensor: DeviceTensor) =>
    ({ shape, dtype, data: await read.call(tensor) }) as HostTensor;
  const result: Record<string, HostTensor> = { logits: await read(logits!.logits!, logits!.logits!) };
  for (const [layer, tensor] of Object.entries(layers!)) result[layer] = await read(tensor, tensor);
  return result;
}

async function run(
  name: 'reference' | 'onnx-cpu',
  step: StepPlan,
  steps: number,
  start = initialState(step, pretrained),
): Promise<Record<string, ArrayLike<number>>> {
  const runtime = await openRuntime(name, { threads: 1 });
  try {
    const program = await compileStep(runtime, step);
    const given = await pretrainedFeatures();
    const layers = step.settings.method === 'linear' ? ['final'] : step.kept;
    const withImages = step.settings.method !== 'linear' || step.frozen === 'computed';
    let state: Groups<HostTensor | DeviceTensor> = start;
    const values: Record<string, ArrayLike<number>> = {};
    for (let i = 0; i < steps; i++) {
      const { metrics, ...next } = await program.run({
        ...state,
        batch: { targets, ...(withImages && { images }) },
        scalars: scalarInputs(step, scalars),
        ...(step.frozen === 'given' && {
          pretrained: Object.fromEntries(layers.map((layer) => [layer, given[layer]!])),
        }),
        ...(step.frozen === 'computed' && {
          frozen: Object.fromEntries(
            Object.keys(frozenParameters(step)).map((key) => [key, pretrained[key]!]),
          ),
        }),
      });
      for (const [key, tensor] of Object.entries(metrics!))
        values[`${i} ${key}`] = (await tensor.read()).slice();
      state = next;
    }
    for (const [group, members] of Object.entries(state)) {
      for (const [key, tensor] of Object.entries(members)) {
        values[`${group} ${key}`] = (await (tensor as DeviceTensor).read()).slice();
      }
    }
    return values;
  } finally {
    await runtime.dispose();
  }
}

function assertSame(
  actual: Record<string, ArrayLike<number>>,
  expected: Record<string, ArrayLike<number>>,
  rtol: number,
  atol: number,
): void {
  assert.deepEqual(Object.keys(actual).sort(), Object.keys(expected).sort());
  for (const [name, values] of Object.entries(expected)) {
    for (let i = 0; i < values.length; i++) {
      const error = Math.abs(actual[name]![i]! - values[i]!);
      assert.ok(
        error <= atol + rtol * Math.abs(values[i]!),
        `${name}[${i}]: ${actual[name]![i]} for ${values[i]}`,
      );
    }
  }
}

const plans: Record<string, StepPlan> = {
  full: plan({ method: 'full' }, { kept: [], frozen: 'unused' }),
  'linear on kept features': plan({ method: 'linear' }, { kept: [] }),
  'linear through the network': plan({ method: 'linear' }, { kept: [], frozen: 'computed' }),
  'repsim, feature, learned': plan({}),
  'repsim, feature, learned, all layers': plan({}, { kept: model.layers }),
  'repsim, feature, learned, network in the step': plan({}, { frozen: 'computed' }),
  'repsim, feature, closed form': plan({ rotation: 'closed-form' }),
  'repsim, feature, identity': plan({ rotation: 'identity' }),
  'repsim, covariance, learned': plan({ objective: 'covariance' }),
  'repsim, covariance, identity, without clipping': plan({
    objective: 'covariance',
    rotation: 'identity',
    clip: 0,
  }),
};

for (const [name, step] of Object.entries(plans)) {
  test(`${name}: three compiled steps agree with the oracle`, async () => {
    // Away from the pretrained parameters: there the gradient of the rotation is rounding only.
    const start = () => initialState(step, parametersOf(2));
    assertSame(await run('onnx-cpu', step, 3, start()), await run('reference', step, 3, start()), 1e-3, 2e-5);
  });
}

test('given and computed pretrained features make the same step', async () => {
  assertSame(
    await run('reference', plan({}, { frozen: 'computed' }), 2),
    await run('reference', plan({}), 2),
    1e-4,
    1e-6,
  );
});

test('a linear probe is the same on kept features as through the network, and leaves the rest alone', async () => {
  const kept = await run('reference', plans['linear on kept features']!, 3);
  assertSame(kept, await run('reference', plans['linear through the network']!, 3), 1e-4, 1e-6);
  const trained = Object.keys(kept).filter((name) => name.startsWith('parameters '));
  assert.deepEqual(trained.sort(), ['parameters head.bias', 'parameters head.weight']);
});

test('the head on the embedding gives the logits of the network', async () => {
  const features = await pretrainedFeatures();
  const runtime = await openRuntime('reference', {});
  const program = await runtime.compile(({ p, x }) => ({ out: { logits: headLogits(p!, x!.final!) } }), {
    p: model.parameters,
    x: { final: features.final! },
  });
  const { out } = await program.run({ p: pretrained, x: { final: features.final! } });
  assertSame({ logits: await out!.logits!.read() }, { logits: features.logits!.data }, 1e-5, 1e-6);
});

test('at the start the features are the pretrained ones: RepSim costs nothing, and loss and gradient are those of full finetuning', async () => {
  const full = await run('reference', plans.full!, 1);
  for (const settings of [{}, { rotation: 'identity' }, { objective: 'covariance' }] as const) {
    const repsim = await run('reference', plan(settings), 1);
    assert.ok(repsim['0 similarityLoss']![0]! < 1e-10);
    assertSame({ loss: repsim['0 loss']! }, { loss: full['0 loss']! }, 1e-6, 0);
    assertSame({ norm: repsim['0 gradientNorm']! }, { norm: full['0 gradientNorm']! }, 1e-4, 0);
  }
});

test('the loss is the cross-entropy plus lambda times the mean over the kept layers', async () => {
  const moved = initialState(plan({}, { kept: model.layers }), parametersOf(2));
  const losses: number[] = [];
  for (const layer of model.layers) {
    const step = plan({ rotation: 'identity' }, { kept: [layer] });
    const { parameters, first, second } = moved;
    const values = await run('reference', step, 1, {
      parameters: parameters!,
      first: first!,
      second: second!,
    });
    losses.push(values['0 similarityLoss']![0]!);
  }
  const all = await run('reference', plan({}, { kept: model.layers }), 1, moved);
  const mean = losses.reduce((sum, value) => sum + value, 0) / losses.length;
  const close = (actual: number, expected: number) =>
    assert.ok(Math.abs(actual - expected) < 1e-5 * expected, `${actual} is not ${expected}`);
  assert.ok(mean > 0.1);
  close(all['0 similarityLoss']![0]!, mean);
  close(all['0 loss']![0]!, all['0 crossEntropy']![0]! + scalars.lambda * mean);
});

test('one program serves every step: the rate is an input', async () => {
  const runtime = await openRuntime('onnx-cpu', { threads: 1 });
  const step = plans.full!;
  const program = await compileStep(runtime, step);
  const start = initialState(step, pretrained);
  const moved = async (stepSize: number) => {
    const inputs = {
      ...start,
      batch: { images, targets },
      scalars: scalarInputs(step, { ...scalars, keep: 1, stepSize }),
    };
    const { parameters } = await program.run(inputs);
    const values = await parameters!['head.bias']!.read();
    return values[0]! - start.parameters!['head.bias']!.data[0]!;
  };
  const [one, ten] = [await moved(1e-3), await moved(1e-2)];
  assert.ok(Math.abs(one) > 1e-4 && Math.abs(ten / one - 10) < 1e-2, `${ten} is not ten times ${one}`);
  assert.equal(await moved(0), 0);
  await runtime.dispose();
});
