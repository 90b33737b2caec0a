/**
 * Memory for the outputs of one program. An output that was disposed of gives its memory to the next run, so a training
 * loop alternates between two sets of buffers, whenever the garbage collector runs.
 */
import { type DType, sizeOf, type TensorData, type TensorSpec } from '../runtime';
import { MemoryTensor } from './programTensor';

const arrays = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

/** More than this many free buffers of one output are left to the garbage collector. */
const mostFree = 2;

export class OutputBuffers {
  private readonly free: TensorData[][];
  private closed = false;

  constructor(private readonly specs: readonly TensorSpec[]) {
    this.free = specs.map(() => []);
  }

  /** Memory for output `index`, with anything in it. */
  take(index: number): TensorData {
    const { dtype, shape } = this.specs[index]!;
    return this.free[index]!.pop() ?? new arrays[dtype as DType](sizeOf(shape));
  }

  /** The tensor that owns memory taken for output `index`. */
  tensor(index: number, data: TensorData): MemoryTensor {
    return new MemoryTensor(this.specs[index]!, data, (freed) => {
      const list = this.free[index]!;
      if (!this.closed && list.length < mostFree) list.push(freed);
    });
  }

  close(): void {
    this.closed = true;
    for (const list of this.free) list.length = 0;
  }
}
