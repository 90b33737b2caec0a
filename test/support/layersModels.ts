/** Networks made with tfjs-layers and written as its converter writes them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { createRandom } from '../../src/core/random';

/** Convolution, norm, dropout, pooling, a hidden Dense, a Dense head with softmax. */
export function plainNetwork(): tfl.LayersModel {
  return tfl.sequential({
    layers: [
      tfl.layers.conv2d({
        inputShape: [12, 12, 3],
        filters: 4,
        kernelSize: 3,
        padding: 'same',
        name: 'conv_a',
      }),
      tfl.layers.batchNormalization({ name: 'norm_a', scale: false }),
      tfl.layers.reLU({ name: 'relu_a' }),
      tfl.layers.dropout({ rate: 0.5, name: 'drop' }),
      tfl.layers.depthwiseConv2d({ kernelSize: 3, strides: 2, padding: 'same', name: 'depthwise_b' }),
      tfl.layers.activation({ activation: 'elu', name: 'elu_b' }),
      tfl.layers.maxPooling2d({ poolSize: 2, name: 'pool' }),
      tfl.layers.flatten({ name: 'flat' }),
      tfl.layers.dense({ units: 6, activation: 'tanh', name: 'hidden' }),
      tfl.layers.dense({ units: 3, activation: 'softmax', name: 'predictions' }),
    ],
  });
}

/** Two sums, and the head of MobileNet: a convolution of one pixel, reshaped. Grey images. */
export function residualNetwork(): tfl.LayersModel {
  const input = tfl.input({ shape: [8, 8, 1] });
  const convolve = (x: tfl.SymbolicTensor, filters: number, name: string) => {
    const layer = tfl.layers.separableConv2d({
      filters,
      kernelSize: 3,
      padding: 'same',
      useBias: false,
      name,
    });
    const norm = tfl.layers.batchNormalization({ momentum: 0.9, name: `${name}_norm` });
    return norm.apply(layer.apply(x)) as tfl.SymbolicTensor;
  };
  const stem = tfl.layers
    .conv2d({ filters: 4, kernelSize: 1, name: 'stem' })
    .apply(input) as tfl.SymbolicTensor;
  let x = stem;
  for (const block of ['first', 'second']) {
    const sum = tfl.layers.add({ name: `${block}_sum` }).apply([x, convolve(x, 4, block)]);
    x = tfl.layers.leakyReLU({ name: `${block}_relu` }).apply(sum) as tfl.SymbolicTensor;
  }
  x = tfl.layers.globalAveragePooling2d({ name: 'average' }).apply(x) as tfl.SymbolicTensor;
  x = tfl.layers.reshape({ targetShape: [1, 1, 4], name: 'pixel' }).apply(x) as tfl.SymbolicTensor;
  x = tfl.layers.conv2d({ filters: 3, kernelSize: 1, name: 'conv_preds' }).apply(x) as tfl.SymbolicTensor;
  x = tfl.layers.reshape({ targetShape: [3], name: 'reshape_2' }).apply(x) as tfl.SymbolicTensor;
  const output = tfl.layers.softmax({ name: 'softmax' }).apply(x) as tfl.SymbolicTensor;
  return tfl.model({ inputs: input, outputs: output });
}

/** Pixels that are repeated, and a network within the network. */
export function enlargingNetwork(): tfl.LayersModel {
  const inner = tfl.sequential({
    layers: [tfl.layers.conv2d({ inputShape: [8, 12, 4], filters: 5, kernelSize: 3, name: 'inner_conv' })],
    name: 'inner',
  });
  return tfl.sequential({
    layers: [
      tfl.layers.conv2d({
        inputShape: [4, 4, 3],
        filters: 4,
        kernelSize: 3,
        padding: 'same',
        name: 'before',
      }),
      tfl.layers.batchNormalization({ name: 'before_norm' }),
      tfl.layers.upSampling2d({ size: [2, 3], name: 'larger' }),
      inner,
      tfl.layers.globalAveragePooling2d({ name: 'average' }),
      tfl.layers.dense({ units: 3, activation: 'softmax', name: 'predictions' }),
    ],
  });
}

/** Random weights, with variances above 0. */
export function randomise(model: tfl.LayersModel, seed: number): void {
  const random = createRandom(seed);
  model.setWeights(
    model.weights.map(({ shape, originalName }) => {
      const size = (shape as number[]).reduce((product, extent) => product * extent, 1);
      const values = Float32Array.from({ length: size }, () => 0.4 * random.normal());
      if (/variance|gamma/.test(originalName))
        for (let i = 0; i < size; i++) values[i] = 0.5 + Math.abs(values[i]!);
      return tf.tensor(values, shape as number[]);
    }),
  );
}

export type StoredAs = 'float32' | 'uint8' | 'uint16' | 'float16';

/** Writes model.json and shards of 100 bytes, so that tensors cross them; returns the values as a reader must give them. */
export async function writeModel(model: tfl.LayersModel, folder: string, storedAs: StoredAs = 'float32') {
  mkdirSync(folder, { recursive: true });
  let artifacts!: tf.io.ModelArtifacts;
  await model.save(
    tf.io.withSaveHandler(async (given) => {
      artifacts = given;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  const data = tf.io.CompositeArrayBuffer.join(artifacts.weightData!);
  const pieces: Buffer[] = [];
  const weights: object[] = [];
  let at = 0;
  for (const { name, shape } of artifacts.weightSpecs!) {
    const size = shape.reduce((product, extent) => product * extent, 1);
    const values = new Float32Array(data.slice(at, at + 4 * size));
    at += 4 * size;
    const { bytes, quantization } = store(values, storedAs);
    pieces.push(bytes);
    weights.push({ name, shape, dtype: 'float32', ...(quantization && { quantization }) });
  }
  const all = Buffer.concat(pieces);
  const count = Math.ceil(all.length / 100);
  const paths = Array.from({ length: count }, (_, i) => `group1-shard${i + 1}of${count}.bin`);
  for (const [i, name] of paths.entries())
    writeFileSync(path.join(folder, name), all.subarray(100 * i, 100 * (i + 1)));
  const { modelTopology } = artifacts;
  writeFileSync(
    path.join(folder, 'model.json'),
    JSON.stringify({ format: 'layers-model', modelTopology, weightsManifest: [{ paths, weights }] }),
  );
}

function store(values: Float32Array, storedAs: StoredAs): { bytes: Buffer; quantization?: object } {
  if (storedAs === 'float32') return { bytes: Buffer.from(values.buffer) };
  if (storedAs === 'float16') {
    // Values that half precision has exactly.
    const halves = Uint16Array.from(values, (value) => (value < 0 ? 0xbc00 : 0x3c00));
    return {
      bytes: Buffer.from(halves.buffer),
      quantization: { dtype: 'float16', original_dtype: 'float32' },
    };
  }
  const levels = storedAs === 'uint8' ? 255 : 65_535;
  const min = Math.min(...values);
  const scale = (Math.max(...values) - min) / levels || 1;
  const steps = Array.from(values, (value) => Math.round((value - min) / scale));
  const stored = storedAs === 'uint8' ? Uint8Array.from(steps) : Uint16Array.from(steps);
  return { bytes: Buffer.from(stored.buffer), quantization: { dtype: storedAs, min, scale } };
}
