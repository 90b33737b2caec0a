/**
 * A graph under construction, with static shapes. It makes values, records nodes in order, and merges nodes that compute
 * the same (so recomputing a forward value in a gradient is free). What can be simplified is in the modules beside it.
 */
import type { RuntimeName } from '../../../protocol/runtime';
import { type DType, sizeOf } from '../runtime';
import { sameShape } from '../signature';
import type { Attributes, ElementType, Node, Origin, Value } from './values';

/** Execution providers differ in the operations that they have. */
export type Target = Extract<RuntimeName, 'onnx-cpu' | 'onnx-webgpu'>;

/** Host arrays above this many elements are refused: baked into the model they would bloat it and go stale. */
export const largestConstant = 1 << 16;

const arrays = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  int64: BigInt64Array,
  bool: Uint8Array,
} as const;

export interface OutputSpec {
  readonly shape: readonly number[];
  readonly dtype: ElementType;
}

export class Graph {
  readonly nodes: Node[] = [];
  readonly inputs: Value[] = [];
  private readonly merged = new Map<string, readonly Value[]>();
  private readonly constants = new Map<string, Value>();
  private count = 0;

  constructor(readonly target: Target) {}

  input(shape: readonly number[], dtype: DType): Value {
    const value = this.value(shape, dtype, { kind: 'input' });
    this.inputs.push(value);
    return value;
  }

  /** `value` everywhere, rounded to the dtype. */
  full(shape: readonly number[], value: number, dtype: ElementType): Value {
    const rounded = dtype === 'float32' ? Math.fround(value) : value;
    return this.value(shape, dtype, { kind: 'uniform', value: rounded });
  }

  scalar(value: number, dtype: ElementType = 'float32'): Value {
    return this.full([], value, dtype);
  }

  /** A host array; kept symbolic if all its elements are the same. */
  constant(values: ArrayLike<number>, shape: readonly number[], dtype: DType): Value {
    const first = values[0];
    if (first !== undefined && !Object.is(first, -0)) {
      let uniform = true;
      for (let i = 1; uniform && i < values.length; i++) uniform = Object.is(values[i], first);
      if (uniform) return this.full(shape, first, dtype);
    }
    if (values.length > largestConstant) {
      throw new Error(
        `A host array of ${values.length} elements was used while the program was compiled: pass it as an input (at most ${largestConstant} elements can be part of the program itself).`,
      );
    }
    return this.raw(arrays[dtype].from(values), shape, dtype);
  }

  /** A list of extents or positions, as ONNX takes them. */
  indices(list: readonly number[]): Value {
    return this.raw(BigInt64Array.from(list, BigInt), [list.length], 'int64');
  }

  /** A value that a node can take. */
  materialise(value: Value): Value {
    const { origin, shape, dtype } = value;
    if (origin.kind === 'uniform') {
      if (sizeOf(shape) === 1) return this.number(origin.value, shape, dtype);
      return this.emit('Expand', [this.number(origin.value, [], dtype), this.indices(shape)], {
        shape,
        dtype,
      });
    }
    if (origin.kind === 'expanded') {
      const op = sizeOf(origin.from.shape) === sizeOf(shape) ? 'Reshape' : 'Expand';
      return this.emit(op, [this.materialise(origin.from), this.indices(shape)], { shape, dtype });
    }
    return value;
  }

  /** What a node that broadcasts can take in place of `value`: a scalar, or the source before broadcasting. */
  loose(value: Value): Value {
    if (value.origin.kind === 'uniform') return this.number(value.origin.value, [], value.dtype);
    return value.origin.kind === 'expanded' ? this.loose(value.origin.from) : value;
  }

  /** `value` broadcast to `shape`, lazily. */
  expand(value: Value, shape: readonly number[]): Value {
    if (sameShape(value.shape, shape)) return value;
    const { origin, dtype } = value;
    if (origin.kind === 'uniform') return this.full(shape, origin.value, dtype);
    return this.value(shape, dtype, {
      kind: 'expanded',
      from: origin.kind === 'expanded' ? origin.from : value,
    });
  }

  /** Records a node with one output. */
  emit(
    op: string,
    inputs: readonly (Value | undefined)[],
    output: OutputSpec,
    attributes: Attributes = {},
    domain = '',
  ): Value {
    return this.emitAll(op, inputs, [output], attributes, domain)[0]!;
  }

  /** Records a node, or gives the outputs of one that computes the same. */
  emitAll(
    op: string,
    inputs: readonly (Value | undefined)[],
    outputs: readonly OutputSpec[],
    attributes: Attributes = {},
    domain = '',
  ): readonly Value[] {
    const taken = inputs.map((input) => input && this.materialise(input));
    const key = [domain, op, taken.map((input) => input?.id ?? '').join(), attributeKey(attributes)].join(
      '|',
    );
    const known = this.merged.get(key);
    if (known) return known;
    const node: Node = { op, domain, inputs: taken, attributes, outputs: [] };
    for (const { shape, dtype } of outputs)
      node.outputs.push(this.value(shape, dtype, { kind: 'node', node }));
    this.nodes.push(node);
    this.merged.set(key, node.outputs);
    return node.outputs;
  }

  /** A node of one output once more, on `inputs` and behind the first one, and not merged with it. */
  repeat(node: Node, inputs: Node['inputs']): Value {
    const copy: Node = { ...node, inputs, outputs: [] };
    const { shape, dtype } = node.outputs[0]!;
    const value = this.value(shape, dtype, { kind: 'node', node: copy });
    copy.outputs.push(value);
    this.nodes.splice(this.nodes.indexOf(node) + 1, 0, copy);
    return value;
  }

  private number(value: number, shape: readonly number[], dtype: ElementType): Value {
    const values = dtype === 'int64' ? BigInt64Array.of(BigInt(value)) : arrays[dtype].of(value);
    return this.raw(values, shape, dtype);
  }

  private raw(values: ArrayBufferView, shape: readonly number[], dtype: ElementType): Value {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    const key = `${dtype}|${shape}|${Buffer.from(bytes).toString('latin1')}`;
    const known = this.constants.get(key);
    if (known) return known;
    const value = this.value(shape, dtype, { kind: 'constant', bytes });
    this.constants.set(key, value);
    return value;
  }

  private value(shape: readonly number[], dtype: ElementType, origin: Origin): Value {
    return { id: this.count++, shape, dtype, origin };
  }
}

/** `String` keeps apart what JSON does not: NaN, the infinities and -0. */
function attributeKey(attributes: Attributes): string {
  return Object.entries(attributes)
    .map(([name, value]) => {
      if (typeof value === 'object' && 'float' in value)
        return `${name}=float ${Object.is(value.float, -0) ? '-0' : value.float}`;
      return `${name}=${value}`;
    })
    .join(';');
}
