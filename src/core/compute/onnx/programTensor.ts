/** Tensors as the onnx runtime holds them: values in memory, or a buffer of the GPU that belongs to ONNX Runtime. */
import type { Tensor } from 'onnxruntime-common';
import type { DeviceTensor, DType, HostTensor, TensorData, TensorSpec } from '../runtime';
import type { GpuTransfer } from './gpuTransfer';

const disposedMessage = 'The tensor was used after it was disposed of.';

/** Values in memory. */
export class MemoryTensor implements DeviceTensor {
  readonly shape: readonly number[];
  readonly dtype: DType;
  private data: TensorData | undefined;
  private handedOut = false;

  /** `recycle` is given the array back once nobody can see it any more. */
  constructor(
    spec: TensorSpec,
    data: TensorData,
    private readonly recycle?: (data: TensorData) => void,
  ) {
    this.shape = spec.shape;
    this.dtype = spec.dtype;
    this.data = data;
  }

  values(): TensorData {
    if (!this.data) throw new Error(disposedMessage);
    return this.data;
  }

  async read(): Promise<TensorData> {
    this.handedOut = true;
    return this.values();
  }

  dispose(): void {
    if (this.data && !this.handedOut) this.recycle?.(this.data);
    this.data = undefined;
  }
}

/** A buffer of the GPU. */
export class GpuTensor implements DeviceTensor {
  readonly shape: readonly number[];
  readonly dtype: DType;
  private buffer: Tensor | undefined;

  constructor(
    spec: TensorSpec,
    buffer: Tensor,
    private readonly transfer: GpuTransfer,
  ) {
    this.shape = spec.shape;
    this.dtype = spec.dtype;
    this.buffer = buffer;
  }

  onnx(): Tensor {
    if (!this.buffer) throw new Error(disposedMessage);
    return this.buffer;
  }

  async read(): Promise<TensorData> {
    return this.transfer.download(this.onnx(), this);
  }

  dispose(): void {
    this.buffer?.dispose();
    this.buffer = undefined;
  }
}

/** Values in memory that move to the GPU when they are first used there. */
export class UploadedTensor implements DeviceTensor {
  readonly shape: readonly number[];
  readonly dtype: DType;
  private data: TensorData | undefined;
  private buffer: Promise<Tensor> | undefined;

  constructor(
    host: HostTensor,
    private readonly transfer: GpuTransfer,
  ) {
    this.shape = host.shape;
    this.dtype = host.dtype;
    this.data = host.data;
  }

  onnx(): Promise<Tensor> {
    this.buffer ??= this.transfer.upload(this, this.values());
    return this.buffer;
  }

  async read(): Promise<TensorData> {
    return this.values();
  }

  dispose(): void {
    this.data = undefined;
    // A failed upload was reported to the run that asked for it.
    this.buffer?.then((tensor) => tensor.dispose()).catch(() => {});
    this.buffer = undefined;
  }

  private values(): TensorData {
    if (!this.data) throw new Error(disposedMessage);
    return this.data;
  }
}
