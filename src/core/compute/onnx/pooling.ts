/** Pooling of images `[n, c, h, w]` and its derivatives as ONNX nodes. */
import { pooledShape } from '../operations/convolutionGeometry';
import type { PoolAttributes } from '../operations/maxPool';
import { sizeOf } from '../runtime';
import { binary } from './elementwise';
import type { Graph } from './graph';
import { cast, reshape } from './shapes';
import type { Attributes, Value } from './values';
import { addElementsOfWindows, elementsOfWindows } from './windows';

function attributesOf({ size, strides, dilations, pads }: PoolAttributes): Attributes {
  return { kernel_shape: size, strides, dilations, pads };
}

export function averagePool(graph: Graph, x: Value, window: PoolAttributes): Value {
  const output = { shape: pooledShape(x.shape, window.size, window), dtype: x.dtype };
  // It has no dilations before operator set 19, and tfjs gives none.
  const { dilations: _, ...attributes } = attributesOf(window);
  return graph.emit('AveragePool', [x], output, { ...attributes, count_include_pad: 0 });
}

export function maxPool(graph: Graph, x: Value, window: PoolAttributes): Value {
  if (graph.target === 'onnx-cpu') return withPositions(graph, x, window)[0];
  const output = { shape: pooledShape(x.shape, window.size, window), dtype: x.dtype };
  return graph.emit('MaxPool', [x], output, attributesOf(window));
}

/** dy put where the maxima of the windows of x are, added up. */
export function maxPoolSpread(graph: Graph, dy: Value, x: Value, window: PoolAttributes): Value {
  if (graph.target === 'onnx-webgpu') return spreadByComparison(graph, dy, x, window);
  const [, positions] = withPositions(graph, x, window);
  const [places, size] = [sizeOf(dy.shape), sizeOf(x.shape)];
  const sums = graph.emit(
    'ScatterElements',
    [graph.full([size], 0, 'float32'), reshape(graph, positions, [places]), reshape(graph, dy, [places])],
    { shape: [size], dtype: 'float32' },
    { axis: 0, reduction: 'add' },
  );
  return reshape(graph, sums, x.shape);
}

/** The elements of u where the maxima of the windows of x are. */
export function maxPoolPick(graph: Graph, u: Value, x: Value, window: PoolAttributes): Value {
  if (graph.target === 'onnx-webgpu') return pickByComparison(graph, u, x, window);
  const [pooled, positions] = withPositions(graph, x, window);
  const flat = reshape(graph, u, [sizeOf(u.shape)]);
  return graph.emit('Gather', [flat, positions], { shape: pooled.shape, dtype: 'float32' }, { axis: 0 });
}

/** Maxima and where they are in the flattened x. One node for both, because it is slow with positions. */
function withPositions(graph: Graph, x: Value, window: PoolAttributes): readonly [Value, Value] {
  const shape = pooledShape(x.shape, window.size, window);
  const outputs = [
    { shape, dtype: x.dtype },
    { shape, dtype: 'int64' },
  ] as const;
  return graph.emitAll('MaxPool', [x], outputs, attributesOf(window)) as unknown as readonly [Value, Value];
}

/** WebGPU's MaxPool gives no positions: for every element of a window, where it is the first that equals the maximum. */
function hits(graph: Graph, x: Value, window: PoolAttributes): Value[] {
  const maxima = maxPool(graph, x, window);
  let left = graph.full(maxima.shape, 1, 'float32');
  return elementsOfWindows(graph, x, window, -3.4e38).map((element) => {
    const equal = cast(graph, binary(graph, 'Equal', element, maxima, 'bool'), 'float32');
    const hit = binary(graph, 'Mul', equal, left);
    left = binary(graph, 'Sub', left, hit);
    return hit;
  });
}

function pickByComparison(graph: Graph, u: Value, x: Value, window: PoolAttributes): Value {
  const elements = elementsOfWindows(graph, u, window, 0);
  return hits(graph, x, window)
    .map((hit, k) => binary(graph, 'Mul', hit, elements[k]!))
    .reduce((sum, term) => binary(graph, 'Add', sum, term));
}

function spreadByComparison(graph: Graph, dy: Value, x: Value, window: PoolAttributes): Value {
  const parts = hits(graph, x, window).map((hit) => binary(graph, 'Mul', hit, dy));
  return addElementsOfWindows(graph, parts, x.shape, window);
}
