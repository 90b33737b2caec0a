/** Sessions of ONNX Runtime, which is loaded when the first one is made and not before. */
import type { InferenceSession, Tensor, TensorConstructor } from 'onnxruntime-common';
import { UserError } from '../../errors';
import type { DType, TensorData } from '../runtime';
import type { Target } from './graph';

export interface OnnxRuntime {
  readonly InferenceSession: {
    create(model: Uint8Array, options: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
  readonly Tensor: TensorConstructor;
}

let loading: Promise<OnnxRuntime> | undefined;

export function loadOnnxRuntime(): Promise<OnnxRuntime> {
  loading ??= import('onnxruntime-node').catch((error: unknown) => {
    loading = undefined;
    throw new UserError(
      `ONNX Runtime could not be loaded on ${process.platform} ${process.arch} (${messageOf(error)}): install RepSim for this platform, or choose the runtime "reference", which is slow.`,
      { cause: error },
    );
  });
  return loading;
}

/**
 * How long an idle thread of a program waits for work by spinning, in microseconds. The gaps inside a run are shorter; the
 * default of milliseconds makes a step take three times as long where other programs need the cores.
 */
const spinMicroseconds = 50;

export interface SessionOptions {
  readonly target: Target;
  /** CPU threads of one operation. */
  readonly threads: number;
  /** Outputs that stay on the GPU. */
  readonly onGpu?: readonly string[];
}

export async function createSession(
  onnx: OnnxRuntime,
  model: Uint8Array,
  { target, threads, onGpu = [] }: SessionOptions,
): Promise<InferenceSession> {
  const common: InferenceSession.SessionOptions = {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    extra: { session: { intra_op: { spin_duration_us: String(spinMicroseconds) } } },
    // A memory pattern is one block as large as all that a run needs, beside what the first run took: half as much memory
    // again, for no time saved.
    enableMemPattern: false,
    // 3: errors. Which nodes run on the CPU beside a GPU is a warning, and no fault.
    logSeverityLevel: 3,
  };
  if (target === 'onnx-cpu')
    return onnx.InferenceSession.create(model, { ...common, executionProviders: ['cpu'] });
  return onnx.InferenceSession.create(model, {
    ...common,
    executionProviders: ['webgpu'],
    preferredOutputLocation: Object.fromEntries(onGpu.map((name) => [name, 'gpu-buffer'] as const)),
  });
}

/** The tensor that ONNX Runtime takes; it shares `data`. */
export function onnxTensor(
  onnx: OnnxRuntime,
  dtype: DType,
  data: TensorData,
  shape: readonly number[],
): Tensor {
  return new onnx.Tensor(dtype, data, shape);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
