/** Where the blocks of a LayersModel end, and which of its layers is the head. */
import type { LayersModel, LayerVariable, SymbolicTensor } from '@tensorflow/tfjs-layers';

type Layer = LayersModel['layers'][number];

export interface Tap {
  readonly layer: Layer;
  readonly output: SymbolicTensor;
}

export interface Head {
  readonly layer: Layer;
  readonly kernel: LayerVariable;
  readonly bias: LayerVariable | undefined;
  /** What it reads. */
  readonly input: SymbolicTensor;
  readonly width: number;
  readonly classes: number;
  /** Names of the layers behind it that put its outputs into another shape. */
  readonly reshaping: readonly string[];
}

/** Layers that follow the one that computes and belong to its block. */
const followers = new Set([
  'BatchNormalization',
  'LayerNormalization',
  'Activation',
  'ReLU',
  'LeakyReLU',
  'PReLU',
  'ELU',
  'ThresholdedReLU',
  'Dropout',
  'SpatialDropout1D',
  'GaussianNoise',
  'GaussianDropout',
  'AlphaDropout',
]);
/** Layers behind a head, which change neither the order nor the number of its outputs. */
const behindHead = new Set(['Activation', 'Softmax', 'Flatten', 'Reshape', 'Dropout']);
const merges = new Set(['Add']);

/**
 * The last Dense layer, or convolution of one pixel as MobileNet has it, if nothing behind it computes; undefined if the network ends
 * otherwise.
 */
export function findHead(model: LayersModel): Head | undefined {
  let output = onlyOne(model.outputs);
  const reshaping: string[] = [];
  while (output !== undefined && behindHead.has(output.sourceLayer.getClassName())) {
    if (output.sourceLayer.getClassName() === 'Reshape') reshaping.push(output.sourceLayer.name);
    output = onlyOne(output.inputs);
  }
  if (output === undefined) return undefined;
  const layer = output.sourceLayer as Layer;
  const input = onlyOne(output.inputs);
  const [kernel, bias] = layer.weights;
  if (input === undefined || kernel === undefined) return undefined;
  const [width, classes] = (kernel.shape as number[]).slice(-2) as [number, number];
  const kind = layer.getClassName();
  const flat = kind === 'Dense' && input.shape.length === 2;
  const single =
    kind === 'Conv2D' &&
    (kernel.shape as number[]).slice(0, 2).every((extent) => extent === 1) &&
    input.shape.slice(1, 3).every((extent) => extent === 1);
  return flat || single ? { layer, kernel, bias, input, width, classes, reshaping } : undefined;
}

/**
 * A network with residual connections has a block for every sum; another one for every layer with a matrix of weights. A block
 * includes the norms and activations that follow it.
 */
export function findTaps(model: LayersModel, head: Head | undefined): Tap[] {
  const order = model.layers.filter((layer) => layer !== head?.layer && isPlain(layer));
  const sums = order.filter((layer) => merges.has(layer.getClassName()));
  const ends = sums.length > 1 ? sums : order.filter(hasMatrix);
  const taps = ends.map((layer) => follow(layer));
  return taps.filter(({ layer }, i) => taps.findIndex((other) => other.layer === layer) === i);
}

/** Whether it is used once and gives one tensor of images or rows. */
function isPlain(layer: Layer): boolean {
  return layer.inboundNodes.length === 1 && layer.inboundNodes[0]!.outputTensors.length === 1;
}

function hasMatrix(layer: Layer): boolean {
  return layer.weights.some(({ shape }) => shape.length > 1);
}

function follow(layer: Layer): Tap {
  let last = layer;
  for (;;) {
    const nodes = last.outboundNodes;
    const next = nodes.length === 1 ? (nodes[0]!.outboundLayer as Layer) : undefined;
    if (next === undefined || !followers.has(next.getClassName()) || !isPlain(next)) break;
    last = next;
  }
  return { layer: last, output: last.inboundNodes[0]!.outputTensors[0]! };
}

function onlyOne(tensors: readonly SymbolicTensor[]): SymbolicTensor | undefined {
  return tensors.length === 1 ? tensors[0] : undefined;
}
