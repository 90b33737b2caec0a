/** What a kernel of the tracer is: a tfjs kernel that, instead of computing, adds to the graph what would compute it. */
import type { Graph } from '../graph';
import type { Value } from '../values';

export interface KernelCall {
  readonly graph: Graph;
  /** By the names that tfjs gives them; an optional input may be absent. */
  readonly inputs: Readonly<Record<string, Value>>;
  /** All inputs in order, for kernels that take any number. */
  readonly list: readonly Value[];
}

/** `A`: the attributes of the tfjs kernel, as `kernel_names` of tfjs-core types them. */
export type Kernel<A = object> = (call: KernelCall, attributes: A) => Value | readonly Value[];

/** Kernels by tfjs name. `Kernel<never>` is what kernels of all attribute types have in common. */
export type KernelFamily = Readonly<Record<string, Kernel<never>>>;
