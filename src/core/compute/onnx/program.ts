/** A compiled program: a session of ONNX Runtime and how its inputs and outputs are named. */
import type { InferenceSession, Tensor } from 'onnxruntime-common';
import { deviceError } from '../deviceErrors';
import type { DeviceTensor, Groups, HostTensor, Program, Signature, TensorData } from '../runtime';
import { isDeviceTensor } from '../runtime';
import { checkInputs } from '../signature';
import { OutputBuffers } from './buffers';
import type { GpuTransfer } from './gpuTransfer';
import { GpuTensor, MemoryTensor, UploadedTensor } from './programTensor';
import { type OnnxRuntime, onnxTensor, type Provider } from './session';
import type { Port, Trace } from './trace';

export interface ProgramParts {
  readonly signature: Signature;
  readonly trace: Omit<Trace, 'model' | 'nodes'>;
  /** Where there is a GPU: how to reach it, and the names of the outputs that stay there. */
  readonly gpu: { readonly transfer: GpuTransfer; readonly resident: ReadonlySet<string> } | undefined;
  readonly provider: Provider;
  readonly onDispose: (program: OnnxProgram) => void;
}

export class OnnxProgram implements Program {
  private readonly buffers: OutputBuffers;
  private readonly captured: Readonly<Record<string, Tensor>>;
  private readonly running = new Set<Promise<unknown>>();
  private readonly trace: ProgramParts['trace'];
  private readonly gpu: ProgramParts['gpu'];
  private session: InferenceSession | undefined;

  constructor(
    private readonly onnx: OnnxRuntime,
    session: InferenceSession,
    private readonly parts: ProgramParts,
  ) {
    this.session = session;
    this.trace = parts.trace;
    this.gpu = parts.gpu;
    this.buffers = new OutputBuffers(parts.trace.outputs);
    this.captured = Object.fromEntries(
      Object.entries(parts.trace.captured).map(([name, t]) => [
        name,
        onnxTensor(onnx, t.dtype, t.data, t.shape),
      ]),
    );
  }

  async run(inputs: Groups<HostTensor | DeviceTensor>): Promise<Groups<DeviceTensor>> {
    if (!this.session) throw new Error('The program was run after it was disposed of.');
    checkInputs(this.parts.signature, inputs);
    const run = this.runChecked(this.session, inputs);
    this.running.add(run);
    try {
      return await run;
    } catch (error) {
      throw deviceError(error, this.parts.provider);
    } finally {
      this.running.delete(run);
    }
  }

  private async runChecked(
    session: InferenceSession,
    inputs: Groups<HostTensor | DeviceTensor>,
  ): Promise<Groups<DeviceTensor>> {
    const fed = this.trace.inputs.map((port) => this.feed(port, inputs[port.group]![port.name]!));
    const feeds: Record<string, Tensor> = { ...this.captured };
    // On the CPU nothing is waited for, so that runs are queued in the order in which they were asked for: memory that is
    // given back between two of them is written by the later one only.
    for (const [i, tensor] of fed.entries())
      feeds[this.trace.inputs[i]!.modelName] = tensor instanceof Promise ? await tensor : tensor;
    // With outputs on a GPU, ONNX Runtime does not write to memory that it is given for the others.
    const arrays = this.gpu ? undefined : this.trace.outputs.map((_, i) => this.buffers.take(i));
    const fetches = this.trace.outputs.map(({ modelName, dtype, shape }, i) => {
      const data = arrays?.[i];
      return [modelName, data ? onnxTensor(this.onnx, dtype, data, shape) : null] as const;
    });
    const results = await session.run(feeds, Object.fromEntries(fetches));
    const outputs: Record<string, Record<string, DeviceTensor>> = {};
    this.trace.outputs.forEach((port, i) => {
      outputs[port.group] ??= {};
      const data = arrays?.[i];
      outputs[port.group]![port.name] = data
        ? this.buffers.tensor(i, data)
        : this.received(port, results[port.modelName] as Tensor);
    });
    return outputs;
  }

  /** An output as ONNX Runtime made it. */
  private received(port: Port, tensor: Tensor): DeviceTensor {
    return this.gpu?.resident.has(port.modelName)
      ? new GpuTensor(port, tensor, this.gpu.transfer)
      : new MemoryTensor(port, tensor.data as TensorData);
  }

  private feed(port: Port, input: HostTensor | DeviceTensor): Tensor | Promise<Tensor> {
    if (!isDeviceTensor(input)) return onnxTensor(this.onnx, port.dtype, input.data, port.shape);
    if (input instanceof MemoryTensor) return onnxTensor(this.onnx, port.dtype, input.values(), port.shape);
    if (this.gpu && (input instanceof GpuTensor || input instanceof UploadedTensor)) return input.onnx();
    throw new Error(
      `The input "${port.group}.${port.name}" belongs to another runtime: read it and pass its values.`,
    );
  }

  async dispose(): Promise<void> {
    const { session } = this;
    if (!session) return;
    this.session = undefined;
    this.parts.onDispose(this);
    await Promise.allSettled(this.running);
    this.buffers.close();
    await session.release();
  }
}
