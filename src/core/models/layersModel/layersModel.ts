/** A LayersModel of tfjs as one pure function of its weights, computed by its own layers. */
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel, LayerVariable, SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { TensorSpec } from '../../compute/runtime';
import { UserError } from '../../errors';
import { headLogits } from '../head';
import { type Channels, withChannels } from '../images';
import { type ForwardPass, headPrefix, type VisionModel } from '../model';
import { findHead, findTaps, type Head, type Tap } from './taps';
import { type Topology, withWeights } from './topology';

/** A weight as the file has it, and the parameter that it is here. */
export interface NamedWeight {
  readonly variable: LayerVariable;
  readonly parameter: string;
  readonly shape: readonly number[];
}

export interface LayersNetwork {
  readonly model: VisionModel;
  readonly weights: readonly NamedWeight[];
  readonly head: Head | undefined;
  /** The same network with another number of classes; it must have a head. */
  withClasses(classes: number): LayersNetwork;
}

const largestImage = 4096;
const usualSize = 224;

/**
 * `input`: size of the images where the network takes any. Throws a UserError that names `path` if it does not take images in RGB or
 * grey, or gives anything but one vector an image.
 */
export async function createLayersNetwork(
  { model, variables }: Topology,
  path: string,
  input: VisionModel['input'] | undefined,
): Promise<LayersNetwork> {
  const { model: modelOf } = await import('@tensorflow/tfjs-layers');
  const image = imageOf(model, path, input);
  const head = findHead(model);
  const taps = findTaps(model, head);
  if (taps.length === 0)
    throw new UserError(
      `${path} has no layer with weights: there is nothing to finetune. Give a network with weights.`,
    );
  const end = head?.input ?? onlyOutput(model, path);
  // What the head reads may be the end of the last block.
  const outputs = [...new Set([...taps.map(({ output }) => output), end])];
  const tapped = modelOf({ inputs: model.inputs, outputs });
  return networkOf({ tapped, taps, head, end, image, variables }, head?.classes ?? 0);
}

interface Parts {
  /** Gives the output of every tap, then what the head reads, unless that is the last of them. */
  readonly tapped: LayersModel;
  readonly taps: readonly Tap[];
  readonly head: Head | undefined;
  readonly end: SymbolicTensor;
  readonly image: { readonly height: number; readonly width: number; readonly channels: Channels };
  readonly variables: readonly LayerVariable[];
}

function networkOf(parts: Parts, classes: number): LayersNetwork {
  const { tapped, taps, head, end, image, variables } = parts;
  const weights = nameWeights(parts, classes);
  const parameterOf = new Map(weights.map(({ variable, parameter }) => [variable, parameter]));
  const layers = [...taps.map((_, i) => `block.${i}`), 'final'];
  const width = head?.width ?? end.shape.at(-1)!;
  const widths = [...taps.map(({ output }) => output.shape.at(-1)!), width];
  const buffers = weights.filter(({ variable }) => isStatistic(variable)).map(({ parameter }) => parameter);
  const shapeOf = new Map(variables.map((variable) => [variable, variable.shape as number[]]));
  const spec = ({ shape }: NamedWeight): TensorSpec => ({ shape, dtype: 'float32' });

  const forward: VisionModel['forward'] = (parameters, images, mode = 'evaluation'): ForwardPass => {
    const value = (variable: LayerVariable): tf.Tensor => {
      const parameter = parameterOf.get(variable)!;
      // The weights of the head itself are used outside of the layers.
      if (parameter.startsWith(headPrefix)) return parameters[parameter]!;
      return tf.reshape(parameters[parameter]!, shapeOf.get(variable)!);
    };
    const { result, written } = withWeights(variables, value, () => {
      const x = tf.transpose(withChannels(images, image.channels), [0, 2, 3, 1]);
      return tapped.call(x, { training: mode === 'training' }) as tf.Tensor[] | tf.Tensor;
    });
    const found = Array.isArray(result) ? result : [result];
    const n = images.shape[0]!;
    const blocks = found
      .slice(0, taps.length)
      .map((output) => tf.reshape(output, [n, -1, output.shape.at(-1)!]));
    const final = pooled(found.at(-1)!, head === undefined);
    return {
      blocks,
      final,
      logits: classes > 0 ? headLogits(parameters, final) : tf.zeros([n, 0]),
      ...(written.size > 0 && {
        updates: Object.fromEntries([...written].map(([variable, now]) => [parameterOf.get(variable)!, now])),
      }),
    };
  };
  return {
    model: {
      architecture: 'layers-model',
      layers,
      width,
      widths: Object.fromEntries(layers.map((layer, i) => [layer, widths[i]!])),
      classes,
      input: { height: image.height, width: image.width },
      parameters: Object.fromEntries(weights.map((weight) => [weight.parameter, spec(weight)])),
      prefixTokens: 0,
      hasCls: false,
      buffers,
      forward,
    },
    weights,
    head,
    withClasses: (count) => networkOf(parts, count),
  };
}

/** `[n, width]`: what has more dimensions is flattened for the head that reads it, or averaged where there is no head. */
function pooled(end: tf.Tensor, average: boolean): tf.Tensor {
  const rows = tf.reshape(end, [end.shape[0]!, -1, end.shape.at(-1)!]);
  return average ? tf.mean(rows, 1) : tf.reshape(rows, [end.shape[0]!, -1]);
}

/**
 * In network order: those up to the end of a block begin with "blocks.<i>.", those behind the last one with "norm.", the head's are
 * "head.kernel" `[in, out]` and "head.bias".
 */
function nameWeights({ tapped, taps, head, variables }: Parts, classes: number): NamedWeight[] {
  const blockOf = new Map<LayerVariable, number>();
  let block = 0;
  for (const layer of tapped.layers) {
    for (const variable of layer.weights) if (!blockOf.has(variable)) blockOf.set(variable, block);
    while (block < taps.length && isReached(taps[block]!, layer, tapped)) block++;
  }
  return variables.map((variable) => {
    const { originalName, shape } = variable;
    if (variable === head?.kernel) {
      return { variable, parameter: `${headPrefix}kernel`, shape: [head.width, classes] };
    }
    if (variable === head?.bias) return { variable, parameter: `${headPrefix}bias`, shape: [classes] };
    const at = blockOf.get(variable) ?? taps.length;
    const parameter = at < taps.length ? `blocks.${at}.${originalName}` : `norm.${originalName}`;
    return { variable, parameter, shape: shape as number[] };
  });
}

function isReached(tap: Tap, layer: LayersModel['layers'][number], { layers }: LayersModel): boolean {
  return layers.indexOf(tap.layer) <= layers.indexOf(layer);
}

/** The running statistics of BatchNorm are the only weights that no gradient moves, whatever was frozen when the file was written. */
function isStatistic({ originalName }: LayerVariable): boolean {
  return /(?:^|\/)moving_(?:mean|variance)$/.test(originalName);
}

function imageOf(model: LayersModel, path: string, input: VisionModel['input'] | undefined): Parts['image'] {
  const [first, ...others] = model.inputs;
  const [, height, width, channels] = first?.shape ?? [];
  if (others.length > 0 || first?.shape.length !== 4 || (channels !== 1 && channels !== 3)) {
    const shapes = model.inputs.map(({ shape }) => `[${shape.map((extent) => extent ?? 'any').join(', ')}]`);
    throw new UserError(
      `${path} takes ${shapes.join(' and ').slice(0, 200)}; give a network that takes one image, [n, height, width, 3 or 1].`,
    );
  }
  const size = {
    height: height ?? input?.height ?? usualSize,
    width: width ?? input?.width ?? usualSize,
    channels: channels as Channels,
  };
  if (size.height > largestImage || size.width > largestImage) {
    throw new UserError(
      `${path} takes images of ${size.height}x${size.width}, more than ${largestImage} a side. Give a network of smaller ones.`,
    );
  }
  return size;
}

function onlyOutput(model: LayersModel, path: string): SymbolicTensor {
  const [output, ...others] = model.outputs;
  if (output !== undefined && others.length === 0 && typeof output.shape.at(-1) === 'number') return output;
  throw new UserError(
    `${path} has ${model.outputs.length} outputs and none that a head could read: give a network with one.`,
  );
}
