/** Operations that move elements without computing, with what can be left out left out. */
import { sizeOf } from '../runtime';
import { sameShape } from '../signature';
import type { Graph } from './graph';
import { type ElementType, producer, uniformOf, type Value } from './values';

/** TensorProto.DataType */
export const onnxType: Readonly<Record<ElementType, number>> = {
  float32: 1,
  int32: 6,
  int64: 7,
  bool: 9,
  float64: 11,
};

export function cast(graph: Graph, x: Value, dtype: ElementType): Value {
  if (x.dtype === dtype) return x;
  const { origin, shape } = x;
  if (origin.kind === 'uniform') return graph.full(shape, castNumber(origin.value, dtype), dtype);
  if (origin.kind === 'expanded') return graph.expand(cast(graph, origin.from, dtype), shape);
  return graph.emit('Cast', [x], { shape, dtype }, { to: onnxType[dtype] });
}

function castNumber(value: number, dtype: ElementType): number {
  if (dtype === 'bool') return value === 0 ? 0 : 1;
  return dtype === 'int32' || dtype === 'int64' ? Math.trunc(value) || 0 : value;
}

export function reshape(graph: Graph, x: Value, shape: readonly number[]): Value {
  if (sameShape(x.shape, shape)) return x;
  const { origin, dtype } = x;
  if (origin.kind === 'uniform') return graph.full(shape, origin.value, dtype);
  // ONNX's Reshape takes an extent of 0 for "as before"; nothing is as good as any other nothing.
  if (sizeOf(shape) === 0) return graph.full(shape, 0, dtype);
  if (origin.kind === 'expanded') {
    const source = reshapedSource(graph, origin.from, x.shape, shape);
    if (source) return graph.expand(source, shape);
  }
  // Axes of extent 1 in front are what broadcasting would add.
  const leading = shape.length - x.shape.length;
  if (leading > 0 && sameShape(shape, aligned(x.shape, shape.length))) return graph.expand(x, shape);
  let from = x;
  for (let node = producer(from, 'Reshape'); node; node = producer(from, 'Reshape')) from = node.inputs[0]!;
  if (sameShape(from.shape, shape)) return from;
  return graph.emit('Reshape', [from, graph.indices(shape)], { shape, dtype });
}

/** The source of a broadcast that was reshaped, if only axes of extent 1 came or went (else undefined). */
function reshapedSource(
  graph: Graph,
  source: Value,
  from: readonly number[],
  to: readonly number[],
): Value | undefined {
  const isLong = (extent: number) => extent !== 1;
  if (!sameShape(from.filter(isLong), to.filter(isLong))) return undefined;
  const kept = aligned(source.shape, from.length).filter((_, axis) => from[axis] !== 1);
  let next = 0;
  return reshape(
    graph,
    source,
    to.map((extent) => (extent === 1 ? 1 : kept[next++]!)),
  );
}

/** Whether `expanded` repeats elements of its `source`, rather than have axes of extent 1 in front of it only. */
export function repeats(expanded: Value, source: Value): boolean {
  return sizeOf(expanded.shape) !== sizeOf(source.shape);
}

/** `shape` with axes of extent 1 in front, up to `rank` axes. */
export function aligned(shape: readonly number[], rank: number): number[] {
  return [...Array<number>(rank - shape.length).fill(1), ...shape];
}

export function transpose(graph: Graph, x: Value, permutation: readonly number[]): Value {
  const shape = permutation.map((axis) => x.shape[axis]!);
  const { origin, dtype } = x;
  if (permutation.every((axis, i) => axis === i)) return x;
  if (origin.kind === 'uniform') return graph.full(shape, origin.value, dtype);
  if (origin.kind === 'expanded' && repeats(x, origin.from)) {
    const source = reshape(graph, origin.from, aligned(origin.from.shape, x.shape.length));
    return graph.expand(transpose(graph, source, permutation), shape);
  }
  const inner = producer(x, 'Transpose');
  if (inner) {
    const first = inner.attributes.perm as readonly number[];
    return transpose(
      graph,
      inner.inputs[0]!,
      permutation.map((axis) => first[axis]!),
    );
  }
  const long = permutation.filter((axis) => x.shape[axis] !== 1);
  if (long.every((axis, i) => i === 0 || long[i - 1]! < axis)) return reshape(graph, x, shape);
  return graph.emit('Transpose', [x], { shape, dtype }, { perm: permutation });
}

/** Elements begin, begin + step, ... of every axis, as many as `shape` says. */
export function slice(
  graph: Graph,
  x: Value,
  begin: readonly number[],
  shape: readonly number[],
  steps: readonly number[] = shape.map(() => 1),
): Value {
  const { dtype } = x;
  const uniform = uniformOf(x);
  if (uniform !== undefined) return graph.full(shape, uniform, dtype);
  const axes = [...shape.keys()].filter((axis) => steps[axis] !== 1 || shape[axis] !== x.shape[axis]);
  if (axes.length === 0) return x;
  const ends = axes.map((axis) => {
    const end = begin[axis]! + shape[axis]! * steps[axis]!;
    // A negative end counts from the back: "before the first" must be written as far out of range.
    return steps[axis]! < 0 && end < 0 ? -(2 ** 31) : end;
  });
  const parameters = [axes.map((axis) => begin[axis]!), ends, axes, axes.map((axis) => steps[axis]!)];
  return graph.emit('Slice', [x, ...parameters.map((list) => graph.indices(list))], { shape, dtype });
}

export function concat(graph: Graph, parts: readonly Value[], axis: number): Value {
  const filled = parts.filter((part) => sizeOf(part.shape) > 0);
  if (filled.length <= 1) {
    const total = parts.reduce((sum, part) => sum + part.shape[axis]!, 0);
    const only = filled[0];
    return only && only.shape[axis] === total ? only : parts[0]!;
  }
  const first = filled[0]!;
  const extent = filled.reduce((sum, part) => sum + part.shape[axis]!, 0);
  const shape = first.shape.map((e, i) => (i === axis ? extent : e));
  const uniform = uniformOf(first);
  if (uniform !== undefined && filled.every((part) => Object.is(uniformOf(part), uniform)))
    return graph.full(shape, uniform, first.dtype);
  return graph.emit('Concat', filled, { shape, dtype: first.dtype }, { axis });
}

/** Parts of the given extents along `axis`. */
export function split(graph: Graph, x: Value, axis: number, extents: readonly number[]): readonly Value[] {
  if (extents.length === 1) return [x];
  const shapes = extents.map((extent) => x.shape.map((e, i) => (i === axis ? extent : e)));
  const uniform = uniformOf(x);
  if (uniform !== undefined) return shapes.map((shape) => graph.full(shape, uniform, x.dtype));
  const outputs = shapes.map((shape) => ({ shape, dtype: x.dtype }));
  return graph.emitAll('Split', [x, graph.indices(extents)], outputs, { axis });
}
