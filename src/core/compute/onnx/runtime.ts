/** The `onnx` runtime: programs are traced once, written as ONNX models, and run by ONNX Runtime on the CPU or by WebGPU. */
import { availableParallelism } from 'node:os';
import { UserError } from '../../errors';
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
import { GpuTransfer } from './gpuTransfer';
import type { Target } from './graph';
import { OnnxProgram } from './program';
import { MemoryTensor, UploadedTensor } from './programTensor';
import { createSession, loadOnnxRuntime, messageOf, type OnnxRuntime } from './session';
import { trace } from './trace';

export async function createOnnxRuntime(target: Target, options: RuntimeOptions = {}): Promise<Runtime> {
  const threads = options.threads ?? availableParallelism();
  if (!Number.isInteger(threads) || threads < 1)
    throw new UserError(`The number of threads is ${threads}: give a whole number from 1.`);
  const onnx = await loadOnnxRuntime();
  if (target === 'onnx-cpu') return new OnnxCompiler(target, onnx, threads, undefined);
  const transfer = new GpuTransfer(onnx, threads);
  await checkAdapter(transfer);
  return new OnnxCompiler(target, onnx, threads, transfer);
}

/** Only using the provider tells whether there is an adapter. */
async function checkAdapter(transfer: GpuTransfer): Promise<void> {
  try {
    const probe = await transfer.upload({ shape: [1], dtype: 'float32' }, Float32Array.of(1));
    probe.dispose();
  } catch (error) {
    await transfer.dispose();
    throw new UserError(
      'No GPU that WebGPU can use was found: install its Vulkan, Metal or Direct3D 12 driver, or choose the runtime "onnx-cpu".',
      { cause: error },
    );
  }
}

class OnnxCompiler implements Runtime {
  readonly device: string;
  private readonly programs = new Set<OnnxProgram>();
  private disposed = false;

  constructor(
    readonly name: Target,
    private readonly onnx: OnnxRuntime,
    private readonly threads: number,
    private readonly transfer: GpuTransfer | undefined,
  ) {
    this.device = transfer ? 'WebGPU' : `${threads} ${threads === 1 ? 'thread' : 'threads'}`;
  }

  async compile(fn: ProgramFunction, signature: Signature, options: CompileOptions = {}): Promise<Program> {
    this.checkAlive();
    const { model, ...traced } = trace(fn, signature, this.name);
    const resident = traced.outputs.filter((port) => options.resident?.includes(port.group));
    const onGpu = resident.map((port) => port.modelName);
    const { name: target, threads } = this;
    const session = await createSession(this.onnx, model, { target, threads, onGpu }).catch(
      (error: unknown) => {
        throw new Error(`ONNX Runtime did not take the compiled program: ${messageOf(error)}`, {
          cause: error,
        });
      },
    );
    const gpu = this.transfer && { transfer: this.transfer, resident: new Set(onGpu) };
    const program = new OnnxProgram(this.onnx, session, signature, traced, gpu, (p) =>
      this.programs.delete(p),
    );
    this.programs.add(program);
    if (this.disposed) await program.dispose();
    this.checkAlive();
    return program;
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
