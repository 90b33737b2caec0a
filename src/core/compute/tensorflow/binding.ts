/** The native module of `@tensorflow/tfjs-node`: what it offers, and how it is loaded. */
import { createRequire } from 'node:module';
import path from 'node:path';
import { UserError } from '../../errors';
import type { TensorData } from '../runtime';

/** Types are TensorFlow's numbers of dtypes (`TF_FLOAT`) and of kinds of attributes (`TF_ATTR_INT`). */
export interface OperationAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: boolean | number | string | readonly number[];
}

/** Tensors are known to it by numbers, which it gives. */
export interface TensorFlowBinding {
  /** The tensor shares the memory of `data` for as long as it lives. */
  createTensor(shape: readonly number[], dtype: number, data: TensorData): number;
  deleteTensor(id: number): void;
  /** A copy of the values. */
  tensorDataSync(id: number): TensorData;
  executeOp(
    name: string,
    attributes: readonly OperationAttribute[],
    inputs: readonly number[],
    outputs: number,
  ): readonly { readonly id: number; readonly shape: number[]; readonly dtype: number }[];
  isUsingGpuDevice(): boolean;
  readonly TF_Version: string;
  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
  readonly TF_BOOL: number;
  readonly TF_ATTR_STRING: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_TYPE: number;
}

const needed = ['createTensor', 'deleteTensor', 'tensorDataSync', 'executeOp', 'isUsingGpuDevice'] as const;

let loaded: { readonly file: string; readonly binding: TensorFlowBinding } | undefined;

/**
 * Loads the native module `file`, which brings TensorFlow with it. One process can hold one TensorFlow: asking for another
 * throws, as a module that does not load or is of another kind does, a UserError with the reason.
 */
export function loadBinding(file: string, threads: number | undefined): TensorFlowBinding {
  if (loaded?.file === file) return loaded.binding;
  if (loaded) {
    throw new UserError(
      `TensorFlow was already loaded from ${loaded.file}; to use ${file}, start again in a new process.`,
    );
  }
  // Read once, when the library is loaded. 2: errors only; it tells much about itself otherwise.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  // Products of float32 are float32, and not rounded to 10 bits on the way.
  process.env.NVIDIA_TF32_OVERRIDE ??= '0';
  if (threads !== undefined) process.env.TF_NUM_INTRAOP_THREADS = String(threads);
  let binding: TensorFlowBinding;
  try {
    binding = createRequire(path.join(__dirname, 'native.js'))(file) as TensorFlowBinding;
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    throw new UserError(
      `TensorFlow's native module ${file} does not load (${what.split('\n', 1)[0]}): install @tensorflow/tfjs-node again, or run repsim runtimes link --python PATH.`,
      { cause: error },
    );
  }
  if (!needed.every((name) => typeof binding[name] === 'function')) {
    throw new UserError(`${file} is not the native module of @tensorflow/tfjs-node: name another.`);
  }
  loaded = { file, binding };
  return binding;
}
