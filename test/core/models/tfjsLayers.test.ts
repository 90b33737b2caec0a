/** LayersModels of tfjs against tfjs-layers itself: what it predicts, trains on and loads again. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { withBackend } from '../../../src/core/compute/backend';
import { valueExtrasAndGradient } from '../../../src/core/compute/differentiate';
import { openRuntime } from '../../../src/core/compute/open';
import type { Group, HostTensor, ProgramFunction } from '../../../src/core/compute/runtime';
import { type Checkpoint, loadCheckpoint, withHead } from '../../../src/core/models/checkpoint';
import { withoutBuffers } from '../../../src/core/models/model';
import { saveCheckpoint } from '../../../src/core/models/saveCheckpoint';
import { createRandom } from '../../../src/core/random';
import {
  enlargingNetwork,
  plainNetwork,
  randomise,
  residualNetwork,
  type StoredAs,
  writeModel,
} from '../../support/layersModels';

interface Written {
  readonly folder: string;
  readonly network: tfl.LayersModel;
}

async function written(t: TestContext, make: () => tfl.LayersModel, storedAs?: StoredAs): Promise<Written> {
  const folder = mkdtempSync(path.join(tmpdir(), 'repsim-layers-'));
  t.after(() => rmSync(folder, { recursive: true }));
  tf.setBackend('cpu');
  const network = make();
  randomise(network, 3);
  await writeModel(network, folder, storedAs);
  return { folder, network };
}

function imagesOf({ model }: Checkpoint, n = 2): HostTensor {
  const { height, width } = model.input;
  const random = createRandom(7);
  // The same in all channels, so that a network for grey images sees what the reference sees.
  const plane = Array.from({ length: n }, () =>
    Float32Array.from({ length: height * width }, () => random.normal()),
  );
  const data = new Float32Array(n * 3 * height * width);
  for (let i = 0; i < n; i++) for (let c = 0; c < 3; c++) data.set(plane[i]!, (3 * i + c) * height * width);
  return { shape: [n, 3, height, width], dtype: 'float32', data };
}

async function run(
  name: 'reference' | 'onnx-cpu',
  checkpoint: Checkpoint,
  fn: ProgramFunction,
): Promise<Readonly<Record<string, Group<ArrayLike<number>>>>> {
  const runtime = await openRuntime(name, { threads: 1 });
  const images = imagesOf(checkpoint);
  const program = await runtime.compile(fn, { parameters: checkpoint.model.parameters, batch: { images } });
  try {
    const outputs = await program.run({ parameters: checkpoint.parameters, batch: { images } });
    const read: Record<string, Record<string, ArrayLike<number>>> = {};
    for (const [group, tensors] of Object.entries(outputs)) {
      read[group] = {};
      for (const [key, tensor] of Object.entries(tensors)) read[group][key] = await tensor.read();
    }
    return read;
  } finally {
    await program.dispose();
    await runtime.dispose();
  }
}

/** Largest difference beside the largest value. */
function difference(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  assert.equal(found.length, expected.length);
  let [most, scale] = [0, 1e-30];
  for (let i = 0; i < found.length; i++) {
    most = Math.max(most, Math.abs(found[i]! - expected[i]!));
    scale = Math.max(scale, Math.abs(expected[i]!));
  }
  return most / scale;
}

const softmax = (logits: ArrayLike<number>, classes: number): Float32Array => {
  const out = Float32Array.from(logits, Math.exp);
  for (let i = 0; i < out.length; i += classes) {
    const row = out.subarray(i, i + classes);
    const sum = row.reduce((a, b) => a + b, 0);
    for (let j = 0; j < classes; j++) row[j] = row[j]! / sum;
  }
  return out;
};

const networks = { plain: plainNetwork, residual: residualNetwork, enlarging: enlargingNetwork } as const;
/** The layers that end their blocks. */
const blockEnds: Readonly<Record<keyof typeof networks, readonly string[]>> = {
  plain: ['relu_a', 'elu_b', 'hidden'],
  residual: ['first_relu', 'second_relu'],
  enlarging: ['before_norm'],
};

for (const name of Object.keys(networks) as (keyof typeof networks)[]) {
  const make = networks[name];
  test(`the ${name} network predicts what tfjs-layers predicts, and its blocks are its layers' outputs`, async (t) => {
    const { folder, network } = await written(t, make);
    const checkpoint = await loadCheckpoint(folder);
    const { model } = checkpoint;
    const blocks = blockEnds[name];
    assert.deepEqual(model.layers, [...blocks.map((_, i) => `block.${i}`), 'final']);
    const images = imagesOf(checkpoint);
    const expected = withBackend('cpu', () => {
      const channels = network.inputs[0]!.shape.at(-1)!;
      const nhwc = tf.transpose(
        tf.tensor(images.data as Float32Array, images.shape as number[]),
        [0, 2, 3, 1],
      );
      const outputs = [
        ...blocks.map((layer) => network.getLayer(layer).output as tfl.SymbolicTensor),
        network.outputs[0]!,
      ];
      const taps = tfl.model({ inputs: network.inputs, outputs });
      const found = taps.predict(
        channels === 1 ? tf.slice(nhwc, [0, 0, 0, 0], [-1, -1, -1, 1]) : nhwc,
      ) as tf.Tensor[];
      return found.map((tensor) => tensor.dataSync());
    });
    for (const runtime of ['reference', 'onnx-cpu'] as const) {
      const { out, taps } = await run(runtime, checkpoint, ({ parameters, batch }) => {
        const pass = model.forward(parameters!, batch!.images!);
        return {
          out: { logits: pass.logits },
          taps: Object.fromEntries(pass.blocks.map((block, i) => [`block.${i}`, block])),
        };
      });
      assert.ok(difference(softmax(out!.logits!, 3), expected.at(-1)!) < 1e-5, runtime);
      for (const [i] of blocks.entries())
        assert.ok(difference(taps![`block.${i}`]!, expected[i]!) < 1e-5, `${runtime} block.${i}`);
    }
  });

  test(`training the ${name} network gives the same slopes and running statistics compiled as eagerly`, async (t) => {
    const { folder } = await written(t, make);
    const checkpoint = await loadCheckpoint(folder);
    const { model } = checkpoint;
    const statistics = Object.keys(model.parameters).filter((key) => key.includes('moving_'));
    assert.ok(statistics.length > 0);
    assert.deepEqual([...model.buffers].sort(), statistics.sort());
    const program: ProgramFunction = ({ parameters, batch }) => {
      const { gradient, extras } = valueExtrasAndGradient(
        (trained) => {
          const pass = model.forward({ ...parameters, ...trained }, batch!.images!, 'training');
          const loss = tf.sum(tf.mul(pass.logits, tf.logSoftmax(pass.logits)));
          return { loss, extras: { ...pass.updates } };
        },
        withoutBuffers(model, parameters!),
      );
      return { gradient, updates: extras as Group<tf.Tensor> };
    };
    const eager = await run('reference', checkpoint, program);
    const compiled = await run('onnx-cpu', checkpoint, program);
    const slopes = Object.entries(eager.gradient!);
    const scale = Math.max(...slopes.flatMap(([, values]) => Array.from(values, Math.abs)));
    for (const [key, values] of slopes) {
      const most = Math.max(
        ...Array.from(values, (value, i) => Math.abs(value - compiled.gradient![key]![i]!)),
      );
      assert.ok(most < 2e-5 * scale, `${key}: ${most} of ${scale}`);
    }
    assert.deepEqual(Object.keys(eager.updates!).sort(), statistics);
    for (const key of statistics) {
      assert.ok(difference(compiled.updates![key]!, eager.updates![key]!) < 1e-5, key);
      assert.ok(difference(eager.updates![key]!, checkpoint.parameters[key]!.data) > 1e-3, `${key} stays`);
    }
  });

  test(`the ${name} network is saved as a LayersModel that tfjs loads, also with another head`, async (t) => {
    const { folder } = await written(t, make);
    const checkpoint = withHead(await loadCheckpoint(folder), ['a', 'b', 'c', 'd', 'e'], 1);
    const target = path.join(folder, 'saved');
    await saveCheckpoint(target, checkpoint, checkpoint.parameters);
    const again = await loadCheckpoint(target);
    assert.deepEqual(again.labels, ['a', 'b', 'c', 'd', 'e']);
    for (const [key, { data }] of Object.entries(checkpoint.parameters))
      assert.deepEqual(again.parameters[key]!.data, data, key);
    const { modelTopology, weightsManifest } = JSON.parse(
      readFileSync(path.join(target, 'model.json'), 'utf8'),
    );
    const data = Buffer.concat(
      weightsManifest[0].paths.map((file: string) => readFileSync(path.join(target, file))),
    );
    tf.setBackend('cpu');
    const loaded = await tfl.loadLayersModel(
      tf.io.fromMemory({
        modelTopology,
        weightSpecs: weightsManifest[0].weights,
        weightData: new Uint8Array(data).buffer,
      }),
    );
    assert.deepEqual(loaded.outputs[0]!.shape, [null, 5]);
    const { out } = await run('onnx-cpu', checkpoint, ({ parameters, batch }) => ({
      out: { logits: checkpoint.model.forward(parameters!, batch!.images!).logits },
    }));
    const images = imagesOf(checkpoint);
    const expected = withBackend('cpu', () => {
      const channels = loaded.inputs[0]!.shape.at(-1)!;
      const nhwc = tf.transpose(
        tf.tensor(images.data as Float32Array, images.shape as number[]),
        [0, 2, 3, 1],
      );
      return (loaded.predict(tf.slice(nhwc, [0, 0, 0, 0], [-1, -1, -1, channels])) as tf.Tensor).dataSync();
    });
    assert.ok(difference(softmax(out!.logits!, 5), expected) < 1e-5);
  });
}

for (const [storedAs, most] of Object.entries({ uint8: 0.01, uint16: 1e-4, float16: 0 })) {
  test(`weights quantised as ${storedAs} are read as the converter means them`, async (t) => {
    const { folder, network } = await written(t, plainNetwork, storedAs as StoredAs);
    const { parameters } = await loadCheckpoint(path.join(folder, 'model.json'));
    const kernel = network.getLayer('hidden').getWeights()[0]!.dataSync();
    const expected = storedAs === 'float16' ? kernel.map((value) => (value < 0 ? -1 : 1)) : kernel;
    const found = parameters['blocks.2.hidden/kernel']!.data;
    assert.ok(difference(found, expected) <= most, `${difference(found, expected)}`);
  });
}

async function refusal(t: TestContext, change: (folder: string) => void): Promise<string> {
  const { folder } = await written(t, plainNetwork);
  change(folder);
  try {
    await loadCheckpoint(folder);
  } catch (error) {
    assert.equal((error as Error).name, 'UserError', String(error));
    return (error as Error).message;
  }
  return assert.fail('it was read');
}

interface ModelJson {
  format: string;
  modelTopology: { config: { layers: { class_name: string; config: Record<string, unknown> }[] } };
  weightsManifest: { paths: string[]; weights: { name: string }[] }[];
}

const readModel = (folder: string) =>
  JSON.parse(readFileSync(path.join(folder, 'model.json'), 'utf8')) as ModelJson;

const edited = (edit: (json: ModelJson) => void) => (folder: string) => {
  const json = readModel(folder);
  edit(json);
  writeFileSync(path.join(folder, 'model.json'), JSON.stringify(json));
};

const shardOf = (folder: string) => path.join(folder, readModel(folder).weightsManifest[0]!.paths[0]!);

const refusals: Readonly<Record<string, readonly [change: (folder: string) => void, message: RegExp]>> = {
  'a shard that is cut off': [(folder) => truncateSync(shardOf(folder), 1), /shards of .* have \d+ bytes/],
  'a shard that is missing': [(folder) => rmSync(shardOf(folder)), /cannot be opened: there is no such file/],
  'weights from elsewhere': [
    edited((json) => {
      json.weightsManifest[0]!.paths[0] = '../../etc/passwd';
    }),
    /outside of its folder/,
  ],
  'weights of other layers': [
    edited((json) => {
      json.weightsManifest[0]!.weights[0]!.name = 'conv_z/kernel';
    }),
    /lacks conv_a\/kernel; .* unknown conv_z\/kernel \(nearest: conv_a\/kernel\)/,
  ],
  'no manifest': [
    edited((json) => {
      json.weightsManifest = 'none' as never;
    }),
    /no valid weightsManifest/,
  ],
  'a GraphModel': [
    edited((json) => {
      json.format = 'graph-model';
    }),
    /is a GraphModel/,
  ],
  'a layer of absurd size': [
    edited((json) => {
      json.modelTopology.config.layers[0]!.config.filters = 1e12;
    }),
    /number 1000000000000 in its topology/,
  ],
  'a layer that tfjs does not know': [
    edited((json) => {
      json.modelTopology.config.layers[2]!.class_name = 'Nonsense';
    }),
    /cannot be built: Unknown layer: Nonsense\. Give a network/,
  ],
  'a network that takes no images': [
    edited((json) => {
      json.modelTopology.config.layers.splice(0, 8);
      json.modelTopology.config.layers[0]!.config.batch_input_shape = [null, 12];
    }),
    /takes \[any, 12\]; give a network that takes one image/,
  ],
};

for (const [what, [change, message]] of Object.entries(refusals)) {
  test(`${what}: refused in one sentence`, async (t) => assert.match(await refusal(t, change), message));
}

const untrainable: [tfl.layers.Layer, RegExp][] = [
  [
    tfl.layers.conv3d({ filters: 2, kernelSize: 2, name: 'odd' }),
    /has the layer odd, Conv3D, which cannot be/,
  ],
  [tfl.layers.batchNormalization({ axis: 1, name: 'odd' }), /odd, BatchNormalization of axis 1, which/],
  [tfl.layers.upSampling2d({ interpolation: 'bilinear', name: 'odd' }), /odd, UpSampling2D by bilinear/],
  [tfl.layers.layerNormalization({ scale: false, name: 'odd' }), /odd, LayerNormalization without scale/],
];
for (const [layer, message] of untrainable) {
  test(`a network with ${layer.getClassName()} that cannot be trained is refused by name`, async (t) => {
    const { folder } = await written(t, () => {
      const targetShape = layer.getClassName() === 'Conv3D' ? [4, 4, 3, 1] : [4, 4, 3];
      const inner = tfl.sequential({ layers: [tfl.layers.reshape({ targetShape, inputShape: [4, 4, 3] })] });
      inner.add(layer);
      const dense = tfl.layers.dense({ units: 3, name: 'predictions' });
      return tfl.sequential({ layers: [inner, tfl.layers.flatten(), dense] });
    });
    await assert.rejects(loadCheckpoint(folder), { name: 'UserError', message });
  });
}

test('layers that draw random numbers are named in a note', async (t) => {
  const { folder } = await written(t, plainNetwork);
  const { notes } = await loadCheckpoint(folder);
  assert.ok(
    notes.some((note) => /its Dropout layers do nothing here, in training either\.$/.test(note)),
    notes.join(' '),
  );
});

test('a folder of a LayersModel is told from one of PyTorch by its model.json', async (t) => {
  const { folder } = await written(t, plainNetwork);
  assert.ok(existsSync(shardOf(folder)));
  assert.equal((await loadCheckpoint(folder)).model.architecture, 'layers-model');
});
