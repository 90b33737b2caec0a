/** What a traced program is made of: values of known shape and dtype, and the nodes that compute them. */
import type { DType } from '../runtime';

/** The dtypes of the program, and two that only occur inside a graph (ONNX indices, exact integer quotients). */
export type ElementType = DType | 'int64' | 'float64';

/** Where a value comes from. */
export type Origin =
  | { readonly kind: 'input' }
  | { readonly kind: 'node'; readonly node: Node }
  /** A small array written into the model, row-major, little-endian. */
  | { readonly kind: 'constant'; readonly bytes: Uint8Array }
  /** The same number everywhere, kept symbolic: no array is made of it while a consumer can do without. */
  | { readonly kind: 'uniform'; readonly value: number }
  /** `from`, broadcast to a larger shape, which costs nothing while the consumer broadcasts anyway. */
  | { readonly kind: 'expanded'; readonly from: Value };

export interface Value {
  /** Unique within its graph. */
  readonly id: number;
  readonly shape: readonly number[];
  readonly dtype: ElementType;
  readonly origin: Origin;
}

/** A float attribute: ONNX tells 1 from 1.0. */
export interface FloatAttribute {
  readonly float: number;
}
export type Attribute = number | readonly number[] | string | FloatAttribute;
export type Attributes = Readonly<Record<string, Attribute>>;

/** An operation. Fusions change nodes in place, hence not readonly. */
export interface Node {
  op: string;
  /** '' for ONNX itself, or 'com.microsoft'. */
  domain: string;
  /** `undefined` stands for an optional input that is left out. */
  inputs: (Value | undefined)[];
  attributes: Attributes;
  readonly outputs: Value[];
}

/** The node that computes `value`, if it is one of operation `op`. */
export function producer(value: Value, op: string): Node | undefined {
  return value.origin.kind === 'node' && value.origin.node.op === op ? value.origin.node : undefined;
}

/** The number that `value` holds everywhere, if it is known to. */
export function uniformOf(value: Value): number | undefined {
  return value.origin.kind === 'uniform' ? value.origin.value : undefined;
}
