/** Sessions of ONNX Runtime, which is loaded when the first one is made and not before. */
import { createRequire } from 'node:module';
import path from 'node:path';
import type { InferenceSession, Tensor, TensorConstructor } from 'onnxruntime-common';
import { UserError } from '../../errors';
import type { DType, TensorData } from '../runtime';

export interface OnnxRuntime {
  readonly InferenceSession: {
    create(model: Uint8Array, options: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
  readonly Tensor: TensorConstructor;
  readonly env: {
    logLevel?: 'verbose' | 'info' | 'warning' | 'error' | 'fatal' | undefined;
    readonly versions: { readonly node?: string | undefined };
  };
}

/** What executes a model. */
export type Provider = 'onnx-cpu' | 'onnx-webgpu' | 'onnx-cuda';

let loading: { readonly folder: string | undefined; readonly onnx: Promise<OnnxRuntime> } | undefined;

/**
 * `folder`: of another copy of the package than the bundled one. A process can hold only one: asking for two, or for one that does not
 * load, throws a UserError.
 */
export async function loadOnnxRuntime(folder?: string): Promise<OnnxRuntime> {
  if (loading && loading.folder !== folder) {
    throw new UserError(
      `ONNX Runtime was already loaded from ${loading.folder ?? 'RepSim'}; to use ${folder ?? 'the bundled one'}, start again in a new process.`,
    );
  }
  // From 1.29 it would report to its maker what it runs, and keep an identifier of the device in the home folder.
  process.env.ORT_DISABLE_TELEMETRY = '1';
  loading ??= {
    folder,
    onnx: (folder === undefined ? import('onnxruntime-node') : loadFrom(folder)).then(quiet),
  };
  try {
    return await loading.onnx;
  } catch (error) {
    loading = undefined;
    throw new UserError(
      `ONNX Runtime could not be loaded on ${process.platform} ${process.arch} (${messageOf(error)}): ${loadingFix(messageOf(error))}, or choose the runtime "reference", which is slow.`,
      { cause: error },
    );
  }
}

/** `said`: by the system's loader; a Linux without glibc, such as Alpine, or with an old one has not what the library needs. */
export function loadingFix(said: string): string {
  return /ld-linux|GLIBC|musl|symbol not found/i.test(said)
    ? 'use a Linux with glibc 2.28 or newer (Debian 10, Ubuntu 20.04, not Alpine)'
    : 'install RepSim for this platform';
}

/** What it has to say of a failure is in the error that it throws; its log would be printed into the progress. */
function quiet(onnx: OnnxRuntime): OnnxRuntime {
  onnx.env.logLevel = 'fatal';
  return onnx;
}

async function loadFrom(folder: string): Promise<OnnxRuntime> {
  return createRequire(path.join(__dirname, 'onnx.js'))(folder) as OnnxRuntime;
}

/**
 * How long an idle thread of a program waits for work by spinning, in microseconds. The gaps inside a run are shorter; the
 * default of milliseconds makes a step take three times as long where other programs need the cores.
 */
const spinMicroseconds = 50;

export interface SessionOptions {
  readonly provider: Provider;
  /** CPU threads of one operation. */
  readonly threads: number;
  /** Outputs that stay on the GPU. */
  readonly onGpu?: readonly string[];
  /** Refuse a model of which a part would run on the CPU beside the GPU. */
  readonly gpuOnly?: boolean;
}

export async function createSession(
  onnx: OnnxRuntime,
  model: Uint8Array,
  { provider, threads, onGpu = [], gpuOnly = false }: SessionOptions,
): Promise<InferenceSession> {
  const common: InferenceSession.SessionOptions = {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    extra: {
      // Equal nodes are merged already, but for those that are meant to run twice (`recompute.ts`).
      optimization: { disable_specified_optimizers: 'CommonSubexpressionElimination' },
      session: {
        intra_op: { spin_duration_us: String(spinMicroseconds) },
        ...(gpuOnly && { disable_cpu_ep_fallback: '1' }),
      },
    },
    // A memory pattern is one block as large as all that a run needs, beside what the first run took: half as much memory
    // again, for no time saved.
    enableMemPattern: false,
    // 3: errors. Which nodes run on the CPU beside a GPU is a warning, and no fault; a refusal is answered, not printed.
    logSeverityLevel: gpuOnly ? 4 : 3,
  };
  switch (provider) {
    case 'onnx-cpu':
      return onnx.InferenceSession.create(model, { ...common, executionProviders: ['cpu'] });
    case 'onnx-cuda':
      // Outputs stay on a GPU with WebGPU alone: the binding knows no buffers of CUDA.
      return onnx.InferenceSession.create(model, { ...common, executionProviders: ['cuda'] });
    case 'onnx-webgpu':
      return onnx.InferenceSession.create(model, {
        ...common,
        executionProviders: ['webgpu'],
        preferredOutputLocation: Object.fromEntries(onGpu.map((name) => [name, 'gpu-buffer'] as const)),
      });
    default:
      throw new Error(`There is no execution provider "${provider satisfies never}".`);
  }
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
