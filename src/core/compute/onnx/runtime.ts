/** The `onnx` runtime: programs are traced once, written as ONNX models, and run by ONNX Runtime on the CPU or a GPU. */
import { availableParallelism } from 'node:os';
import { UserError } from '../../errors';
import { deviceError } from '../deviceErrors';
import type {
  CompileOptions,
  DeviceTensor,
  HostTensor,
  Program,
  ProgramFunction,
  Runtime,
  RuntimeOptions,
  Signature,
} from '../runtime';
import { lackOfCuda } from './cuda';
import { GpuTransfer, identityModel } from './gpuTransfer';
import type { Target } from './graph';
import { OnnxProgram } from './program';
import { MemoryTensor, UploadedTensor } from './programTensor';
import {
  createSession,
  loadOnnxRuntime,
  messageOf,
  type OnnxRuntime,
  onnxTensor,
  type Provider,
} from './session';
import { trace } from './trace';
import { adapterFix } from './webgpu';

export interface OnnxRuntimeOptions extends RuntimeOptions {
  /** Folder of another copy of the package `onnxruntime-node` than the bundled one. */
  readonly folder?: string | undefined;
  /** What is known of the device, in words. */
  readonly device?: string | undefined;
}

export async function createOnnxRuntime(
  provider: Provider,
  options: OnnxRuntimeOptions = {},
): Promise<Runtime> {
  const threads = options.threads ?? availableParallelism();
  if (!Number.isInteger(threads) || threads < 1)
    throw new UserError(`The number of threads is ${threads}: give a whole number from 1.`);
  // Products of float32 are float32, as everywhere else, and not rounded to 10 bits on the way.
  if (provider === 'onnx-cuda') process.env.NVIDIA_TF32_OVERRIDE ??= '0';
  const onnx = await loadOnnxRuntime(options.folder);
  const transfer = provider === 'onnx-webgpu' ? new GpuTransfer(onnx, threads) : undefined;
  if (transfer) await checkAdapter(transfer);
  if (provider === 'onnx-cuda') await checkCuda(onnx, threads);
  return new OnnxCompiler(provider, onnx, threads, transfer, options.device ?? deviceOf(provider, threads));
}

function deviceOf(provider: Provider, threads: number): string {
  if (provider === 'onnx-webgpu') return 'WebGPU';
  return provider === 'onnx-cuda' ? 'CUDA' : `${threads} ${threads === 1 ? 'thread' : 'threads'}`;
}

/** Only using the provider tells whether there is an adapter. */
async function checkAdapter(transfer: GpuTransfer): Promise<void> {
  try {
    const probe = await transfer.upload({ shape: [1], dtype: 'float32' }, Float32Array.of(1));
    probe.dispose();
  } catch (error) {
    await transfer.dispose();
    throw new UserError(
      `No GPU that WebGPU can use was found: ${adapterFix(process.platform)}, or choose the runtime "onnx-cpu".`,
      { cause: error },
    );
  }
}

/** Only using the provider tells whether its libraries load and the driver takes them. */
async function checkCuda(onnx: OnnxRuntime, threads: number): Promise<void> {
  try {
    const session = await createSession(onnx, identityModel('float32', 1), {
      provider: 'onnx-cuda',
      threads,
    });
    try {
      await session.run({ x: onnxTensor(onnx, 'float32', Float32Array.of(1), [1]) });
    } finally {
      await session.release();
    }
  } catch (error) {
    const known = deviceError(error, 'onnx-cuda');
    const lack = known === error && lackOfCuda(messageOf(error));
    if (!lack) throw known;
    throw new UserError(
      `CUDA cannot be used, because ${lack.why}: ${lack.fix}, or choose the runtime "onnx-cpu".`,
      { cause: error },
    );
  }
}

/** What ONNX Runtime answers to `gpuOnly` where a part of a model has no kernel of the GPU. */
const refusal = /fallback to CPU EP has been explicitly disabled/;
const cpuFallback =
  'Some operations of a program have no kernel for this GPU and run on the CPU: each costs a transfer.';

class OnnxCompiler implements Runtime {
  readonly fallbacks: string[] = [];
  readonly keepsUploads: boolean;
  private readonly programs = new Set<OnnxProgram>();
  private disposed = false;

  constructor(
    readonly name: Provider,
    private readonly onnx: OnnxRuntime,
    private readonly threads: number,
    private readonly transfer: GpuTransfer | undefined,
    readonly device: string,
  ) {
    this.keepsUploads = transfer !== undefined;
  }

  async compile(fn: ProgramFunction, signature: Signature, options: CompileOptions = {}): Promise<Program> {
    this.checkAlive();
    // CUDA has the kernels that the CPU has.
    const target: Target = this.name === 'onnx-webgpu' ? 'onnx-webgpu' : 'onnx-cpu';
    const { model, ...traced } = trace(fn, signature, target);
    const resident = traced.outputs.filter((port) => options.resident?.includes(port.group));
    const onGpu = resident.map((port) => port.modelName);
    const session = await this.createSession(model, onGpu);
    const gpu = this.transfer && { transfer: this.transfer, resident: new Set(onGpu) };
    const program = new OnnxProgram(this.onnx, session, {
      ...{ signature, trace: traced, gpu, provider: this.name },
      onDispose: (p) => this.programs.delete(p),
    });
    this.programs.add(program);
    if (this.disposed) await program.dispose();
    this.checkAlive();
    return program;
  }

  private async createSession(model: Uint8Array, onGpu: readonly string[]) {
    const options = { provider: this.name, threads: this.threads, onGpu };
    try {
      if (this.name === 'onnx-cpu') return await createSession(this.onnx, model, options);
      try {
        return await createSession(this.onnx, model, { ...options, gpuOnly: true });
      } catch (error) {
        if (!refusal.test(messageOf(error))) throw error;
        const session = await createSession(this.onnx, model, options);
        if (!this.fallbacks.includes(cpuFallback)) this.fallbacks.push(cpuFallback);
        return session;
      }
    } catch (error) {
      const known = deviceError(error, this.name);
      if (known !== error) throw known;
      throw new Error(`ONNX Runtime did not take the compiled program: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }

  upload(host: HostTensor): DeviceTensor {
    this.checkAlive();
    return this.transfer ? new UploadedTensor(host, this.transfer) : new MemoryTensor(host, host.data);
  }

  async dispose(): Promise<void> {
    this.disposed = true;
    for (const program of [...this.programs]) await program.dispose();
    await this.transfer?.dispose();
  }

  private checkAlive(): void {
    if (this.disposed) throw new Error('The runtime was used after it was disposed of.');
  }
}
