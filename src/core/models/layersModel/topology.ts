/** Builds the layers of a tfjs model.json without its weights, and makes them pure: what they read is put in for every pass. */

import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel, LayerVariable } from '@tensorflow/tfjs-layers';
import { UserError } from '../../errors';
import type { JsonFile } from '../../formats/jsonFile';
import { isJsonObject, type JsonObject, type JsonValue } from '../../formats/strictJson';

type Layer = LayersModel['layers'][number];

/** Units, filters and the like above this are no network but a mistake or an attack. */
const largestNumber = 1 << 20;

/** Layers that are not there once a network is trained; here not while it is trained either: a program cannot draw random numbers. */
const randomLayers = new Set([
  'Dropout',
  'SpatialDropout1D',
  'GaussianNoise',
  'GaussianDropout',
  'AlphaDropout',
]);

const untrainableLayers = new Set([
  'Conv3D',
  'Conv3DTranspose',
  'AveragePooling3D',
  'MaxPooling3D',
  'Masking',
  'Resizing',
  'CenterCrop',
  'RandomWidth',
]);

export interface Topology {
  readonly model: LayersModel;
  /** All weights, in the order of the layers. */
  readonly variables: readonly LayerVariable[];
  /** What the person should know about it. */
  readonly notes: readonly string[];
}

/** Throws a UserError that says which part tfjs-layers does not know. */
export async function buildTopology(file: JsonFile): Promise<Topology> {
  const { modelTopology, format } = file.value;
  if (format === 'graph-model' || (isJsonObject(modelTopology) && modelTopology.node !== undefined)) {
    throw new UserError(
      `${file.path} is a GraphModel, whose weights are frozen into its graph: give a LayersModel (tfjs-converter: --output_format tfjs_layers_model).`,
    );
  }
  if (!isJsonObject(modelTopology)) {
    throw new UserError(
      `${file.path} has no modelTopology: it is no LayersModel of tfjs. Save one with model.save or tfjs-converter.`,
    );
  }
  const layers = await import('@tensorflow/tfjs-layers');
  let model: LayersModel;
  try {
    const topology = withoutInitialValues(file.path, modelTopology) as JsonObject;
    model = await layers.loadLayersModel(
      tf.io.fromMemory({
        modelTopology: topology as unknown as tf.io.ModelArtifacts['modelTopology'] & object,
      }),
    );
  } catch (error) {
    if (error instanceof UserError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    // Behind the first sentence tfjs gives advice to programmers.
    const [sentence] = reason.split(/(?<=\.)\s/);
    throw new UserError(
      `The layers of ${file.path} cannot be built: ${sentence!.slice(0, 300).replace(/\.$/, '')}. Give a network of tfjs's own layers.`,
    );
  }
  const wrong = everyLayer(model.layers).find((layer) => untrainable(layer) !== undefined);
  if (wrong !== undefined) {
    throw new UserError(
      `${file.path} has the layer ${wrong.name.slice(0, 80)}, ${untrainable(wrong)}, which cannot be computed and trained here: give a network without it.`,
    );
  }
  const variables = model.weights;
  // What the layers were built with is nobody's; every pass brings its own.
  for (const variable of variables) variable.read().dispose();
  for (const layer of everyLayer(model.layers)) makePure(layer);
  const random = [...new Set(everyLayer(model.layers).map(kindOf))].filter((kind) => randomLayers.has(kind));
  const notes = random.map((kind) => `${file.path}: its ${kind} layers do nothing here, in training either.`);
  return { model, variables, notes };
}

const kindOf = (layer: Layer): string => layer.getClassName();

/** Those of networks within the network too. */
function everyLayer(layers: readonly Layer[]): readonly Layer[] {
  return layers.flatMap((layer) => [layer, ...everyLayer((layer as Partial<LayersModel>).layers ?? [])]);
}

/** The topology with all weights beginning at 0, which costs no time, and every number within bounds. */
function withoutInitialValues(path: string, value: JsonValue, key = ''): JsonValue {
  if (/_?initializer$/i.test(key) && value !== null) return { class_name: 'Zeros', config: {} };
  if (typeof value === 'number' && Math.abs(value) > largestNumber) {
    throw new UserError(
      `${path} has the number ${value} in its topology, which no layer can have. Convert the model again.`,
    );
  }
  if (Array.isArray(value)) return value.map((member) => withoutInitialValues(path, member));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, withoutInitialValues(path, member, name)]),
  );
}

/** What tfjs or its gradients cannot do; every other layer that tfjs-layers knows can be trained. */
function untrainable(layer: Layer): string | undefined {
  const kind = kindOf(layer);
  const { padding, interpolation, axis, center, scale } = layer.getConfig();
  if (untrainableLayers.has(kind)) return kind;
  if (kind === 'Conv1D' && padding === 'causal') return 'Conv1D with causal padding';
  if (kind === 'UpSampling2D' && interpolation === 'bilinear')
    return 'UpSampling2D by bilinear interpolation';
  if (kind === 'LayerNormalization' && (center === false || scale === false))
    return 'LayerNormalization without scale or shift';
  const last = (layer.inboundNodes[0]?.inputTensors[0]?.shape.length ?? 0) - 1;
  if (kind === 'BatchNormalization' && axis !== -1 && axis !== last)
    return `BatchNormalization of axis ${axis}`;
  return undefined;
}

interface Normalisation {
  gamma?: { read(): tf.Tensor };
  beta?: { read(): tf.Tensor };
  readonly movingMean: LayerVariable;
}

/** Takes out of a layer what differs from pass to pass, and what cannot be computed. */
function makePure(layer: Layer): void {
  const kind = kindOf(layer);
  if (randomLayers.has(kind)) layer.call = (inputs) => inputs;
  if (kind === 'BatchNormalization') {
    // In training tfjs reads both, whether the layer has them or not.
    const normalisation = layer as unknown as Normalisation;
    const { shape } = normalisation.movingMean;
    normalisation.gamma ??= { read: () => tf.ones(shape as number[]) };
    normalisation.beta ??= { read: () => tf.zeros(shape as number[]) };
  }
  if (kind === 'Conv2D') unfuse(layer as unknown as Convolution);
  if (kind === 'UpSampling2D') repeatPixels(layer as unknown as UpSampling);
}

interface UpSampling {
  readonly size: readonly [rows: number, columns: number];
  readonly dataFormat: string;
  call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor;
}

/** tfjs resizes the image, which has no second derivative here: every pixel is repeated instead. */
function repeatPixels(layer: UpSampling): void {
  layer.call = (inputs) => {
    const [x] = [inputs].flat();
    const first = layer.dataFormat === 'channelsFirst' ? 2 : 1;
    return layer.size.reduce((image, times, i) => repeat(image, first + i, times), x!);
  };
}

function repeat(x: tf.Tensor, axis: number, times: number): tf.Tensor {
  const shape = x.shape.map((extent, i) => (i === axis ? extent * times : extent));
  return tf.reshape(tf.stack(Array<tf.Tensor>(times).fill(x), axis + 1), shape);
}

interface Convolution {
  readonly kernel: LayerVariable;
  readonly bias: LayerVariable | null;
  readonly strides: [number, number];
  readonly padding: 'valid' | 'same';
  readonly dataFormat: string;
  readonly dilationRate: [number, number];
  readonly activation: { apply(x: tf.Tensor): tf.Tensor } | null;
  call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor;
}

/** tfjs computes convolution and bias in one kernel, whose gradient cannot be differentiated again. */
function unfuse(layer: Convolution): void {
  if (layer.dataFormat !== 'channelsLast') return;
  layer.call = (inputs) => {
    const [x] = [inputs].flat();
    const { strides, padding, dilationRate, kernel, bias, activation } = layer;
    const filter = kernel.read() as tf.Tensor4D;
    const product = tf.conv2d(x as tf.Tensor4D, filter, strides, padding, 'NHWC', dilationRate);
    const sum = bias ? tf.add(product, bias.read()) : product;
    return activation ? activation.apply(sum) : sum;
  };
}

interface Slot {
  val: tf.Tensor;
  write(value: tf.Tensor): LayerVariable;
}

/** Runs `pass` with `values` as the weights. Returns what it returns, and what it has written to weights: new running statistics. */
export function withWeights<T>(
  variables: readonly LayerVariable[],
  values: (variable: LayerVariable) => tf.Tensor,
  pass: () => T,
): { readonly result: T; readonly written: ReadonlyMap<LayerVariable, tf.Tensor> } {
  const written = new Map<LayerVariable, tf.Tensor>();
  for (const variable of variables) {
    const slot = variable as unknown as Slot;
    slot.val = values(variable);
    slot.write = (value) => {
      // The layer writes inside a scope of its own, at whose end the value would be gone.
      written.set(variable, tf.keep(value));
      return variable;
    };
  }
  return { result: pass(), written };
}
