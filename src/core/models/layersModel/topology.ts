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

export interface Topology {
  readonly model: LayersModel;
  /** All weights, in the order of the layers. */
  readonly variables: readonly LayerVariable[];
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
    throw new UserError(`${file.path} has no modelTopology: it is no LayersModel of tfjs.`);
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
    throw new UserError(`The layers of ${file.path} cannot be built: ${reason.slice(0, 300)}`);
  }
  const variables = model.weights;
  // What the layers were built with is nobody's; every pass brings its own.
  for (const variable of variables) variable.read().dispose();
  for (const layer of model.layers) makePure(layer);
  return { model, variables };
}

/** The topology with all weights beginning at 0, which costs no time, and every number within bounds. */
function withoutInitialValues(path: string, value: JsonValue, key = ''): JsonValue {
  if (/_?initializer$/i.test(key) && value !== null) return { class_name: 'Zeros', config: {} };
  if (typeof value === 'number' && Math.abs(value) > largestNumber) {
    throw new UserError(`${path} has the number ${value} in its topology, which no layer can have.`);
  }
  if (Array.isArray(value)) return value.map((member) => withoutInitialValues(path, member));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, withoutInitialValues(path, member, name)]),
  );
}

interface Normalisation {
  gamma?: { read(): tf.Tensor };
  beta?: { read(): tf.Tensor };
  readonly movingMean: LayerVariable;
}

/** Takes out of a layer what differs from pass to pass, and what cannot be computed. */
function makePure(layer: Layer): void {
  const kind = layer.getClassName();
  if (randomLayers.has(kind)) layer.call = (inputs) => inputs;
  if (kind === 'BatchNormalization') {
    // In training tfjs reads both, whether the layer has them or not.
    const normalisation = layer as unknown as Normalisation;
    const { shape } = normalisation.movingMean;
    normalisation.gamma ??= { read: () => tf.ones(shape as number[]) };
    normalisation.beta ??= { read: () => tf.zeros(shape as number[]) };
  }
  if (kind === 'Conv2D') unfuse(layer as unknown as Convolution);
  const nested = (layer as Partial<LayersModel>).layers;
  if (Array.isArray(nested)) for (const inner of nested) makePure(inner);
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
