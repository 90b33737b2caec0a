/**
 * Moves tensors between memory and the GPU, by programs that do nothing else: reading a buffer of the GPU directly
 * (`getData()`) aborts the process in onnxruntime-node 1.30.
 */
import type { InferenceSession, Tensor } from 'onnxruntime-common';
import { deviceError } from '../deviceErrors';
import type { DType, TensorData, TensorSpec } from '../runtime';
import { encodeModel } from './encode';
import { createSession, type OnnxRuntime, onnxTensor } from './session';

type Direction = 'up' | 'down';

export class GpuTransfer {
  private readonly sessions = new Map<string, Promise<InferenceSession>>();

  constructor(
    private readonly onnx: OnnxRuntime,
    private readonly threads: number,
  ) {}

  async upload(spec: TensorSpec, data: TensorData): Promise<Tensor> {
    return this.move('up', spec, onnxTensor(this.onnx, spec.dtype, data, spec.shape));
  }

  async download(buffer: Tensor, spec: TensorSpec): Promise<TensorData> {
    return (await this.move('down', spec, buffer)).data as TensorData;
  }

  private async move(direction: Direction, { dtype, shape }: TensorSpec, tensor: Tensor): Promise<Tensor> {
    const key = `${direction} ${dtype} ${shape.length}`;
    const session = this.sessions.get(key) ?? this.create(direction, dtype, shape.length);
    this.sessions.set(key, session);
    try {
      const { y } = await (await session).run({ x: tensor });
      return y as Tensor;
    } catch (error) {
      throw deviceError(error, 'onnx-webgpu');
    }
  }

  private create(direction: Direction, dtype: DType, rank: number): Promise<InferenceSession> {
    const model = identityModel(dtype, rank);
    const onGpu = direction === 'up' ? ['y'] : [];
    return createSession(this.onnx, model, { provider: 'onnx-webgpu', threads: this.threads, onGpu });
  }

  async dispose(): Promise<void> {
    const sessions = [...this.sessions.values()];
    this.sessions.clear();
    for (const session of await Promise.allSettled(sessions))
      if (session.status === 'fulfilled') await session.value.release();
  }
}

/** Gives its input `x`, of any extents, as its output `y`. */
export function identityModel(dtype: DType, rank: number): Uint8Array {
  const shape = Array.from({ length: rank }, (_, axis) => `d${axis}`);
  return encodeModel({
    nodes: [{ op: 'Identity', domain: '', inputs: ['x'], outputs: ['y'], attributes: {} }],
    constants: [],
    inputs: [{ name: 'x', shape, dtype }],
    outputs: [{ name: 'y', shape, dtype }],
  });
}
