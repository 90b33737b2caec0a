/** A tfjs backend whose tensors are TensorFlow's: kernels run as TensorFlow's eager operations. */
import * as tf from '@tensorflow/tfjs-core';
import type { DType, TensorData } from '../runtime';
import type { OperationAttribute, TensorFlowBinding } from './binding';

export const tensorFlowBackendName = 'repsim-tensorflow';

interface Stored {
  readonly shape: number[];
  readonly dtype: DType;
  /** Values that TensorFlow has not been given yet. */
  values?: TensorData | undefined;
  /** The number by which TensorFlow knows it. */
  id?: number | undefined;
  references: number;
}

/** Attributes of an operation: a dtype is told by its name under `types`. */
export interface Attributes {
  readonly types?: Readonly<Record<string, DType>>;
  readonly ints?: Readonly<Record<string, number | readonly number[]>>;
  readonly floats?: Readonly<Record<string, number>>;
  readonly flags?: Readonly<Record<string, boolean>>;
  readonly texts?: Readonly<Record<string, string>>;
}

/** About so many lists of axes and shapes are kept as tensors of TensorFlow; programs repeat theirs. */
const mostIndices = 4096;

export class TensorFlowBackend extends tf.KernelBackend {
  private readonly stored = new WeakMap<object, Stored>();
  private readonly indexTensors = new Map<string, number>();
  private count = 0;

  constructor(private readonly binding: TensorFlowBinding) {
    super();
  }

  /**
   * Runs one operation and returns its outputs, which the engine of tfjs knows and frees like any tensor. A list of integers among
   * the inputs (axes, a shape) is an int32 tensor, one integer a scalar.
   */
  run(
    operation: string,
    inputs: readonly (tf.TensorInfo | readonly number[] | number)[],
    attributes: Attributes,
    outputs = 1,
  ): tf.Tensor[] {
    // Before the inputs are looked up: they may be among those that are kept.
    if (this.indexTensors.size >= mostIndices) this.dispose();
    const ids = inputs.map((input) =>
      typeof input === 'object' && 'dataId' in input ? this.idOf(input) : this.indices(input),
    );
    const made = this.binding.executeOp(operation, this.attributeList(attributes), ids, outputs);
    return made.map(({ id, shape, dtype }) => {
      const dataId = {};
      const own = this.dtypeOf(dtype, operation);
      this.keep(dataId, { shape, dtype: own, id, references: 1 });
      return tf.engine().makeTensorFromTensorInfo({ dataId, shape, dtype: own });
    });
  }

  private keep(dataId: object, entry: Stored): void {
    this.stored.set(dataId, entry);
    this.count++;
  }

  private entry(dataId: object): Stored {
    const entry = this.stored.get(dataId);
    if (!entry) throw new Error('A tensor was used after it was disposed of.');
    return entry;
  }

  private idOf({ dataId }: tf.TensorInfo): number {
    const entry = this.entry(dataId);
    if (entry.id === undefined) {
      entry.id = this.binding.createTensor(entry.shape, this.typeOf(entry.dtype), entry.values!);
      entry.values = undefined;
    }
    return entry.id;
  }

  private indices(values: readonly number[] | number): number {
    const key = String(typeof values === 'number' ? `scalar ${values}` : values);
    const known = this.indexTensors.get(key);
    if (known !== undefined) return known;
    const list = typeof values === 'number' ? [values] : values;
    const shape = typeof values === 'number' ? [] : [list.length];
    const id = this.binding.createTensor(shape, this.binding.TF_INT32, Int32Array.from(list));
    this.indexTensors.set(key, id);
    return id;
  }

  private attributeList({ types, ints, floats, flags, texts }: Attributes): OperationAttribute[] {
    const { TF_ATTR_TYPE, TF_ATTR_INT, TF_ATTR_FLOAT, TF_ATTR_BOOL, TF_ATTR_STRING } = this.binding;
    const list: OperationAttribute[] = [];
    for (const name in types) list.push({ name, type: TF_ATTR_TYPE, value: this.typeOf(types[name]!) });
    for (const name in ints) list.push({ name, type: TF_ATTR_INT, value: ints[name]! });
    for (const name in floats) list.push({ name, type: TF_ATTR_FLOAT, value: floats[name]! });
    for (const name in flags) list.push({ name, type: TF_ATTR_BOOL, value: flags[name]! });
    for (const name in texts) list.push({ name, type: TF_ATTR_STRING, value: texts[name]! });
    return list;
  }

  private typeOf(dtype: DType): number {
    switch (dtype) {
      case 'float32':
        return this.binding.TF_FLOAT;
      case 'int32':
        return this.binding.TF_INT32;
      case 'bool':
        return this.binding.TF_BOOL;
      default:
        throw new Error(`A program has no tensors of dtype ${dtype satisfies never}.`);
    }
  }

  private dtypeOf(type: number, operation: string): DType {
    for (const dtype of ['float32', 'int32', 'bool'] as const) if (this.typeOf(dtype) === type) return dtype;
    throw new Error(`TensorFlow's ${operation} gave a tensor of type ${type}, which a program has not.`);
  }

  override write(values: tf.backend_util.BackendValues, shape: number[], dtype: tf.DataType): object {
    const dataId = {};
    this.move(dataId, values, shape, dtype, 1);
    return dataId;
  }

  override move(
    dataId: object,
    values: tf.backend_util.BackendValues,
    shape: number[],
    dtype: tf.DataType,
    references: number,
  ): void {
    if (dtype !== 'float32' && dtype !== 'int32' && dtype !== 'bool')
      throw new Error(`A program has no tensors of dtype ${dtype}: it has float32, int32 and bool.`);
    this.keep(dataId, { shape, dtype, values: typed(values, dtype), references });
  }

  override readSync(dataId: object): TensorData {
    const { values, id } = this.entry(dataId);
    return values ?? this.binding.tensorDataSync(id!);
  }

  override async read(dataId: object): Promise<TensorData> {
    return this.readSync(dataId);
  }

  override disposeData(dataId: object, force = false): boolean {
    const entry = this.stored.get(dataId);
    if (!entry) return true;
    entry.references--;
    if (!force && entry.references > 0) return false;
    if (entry.id !== undefined) this.binding.deleteTensor(entry.id);
    this.stored.delete(dataId);
    this.count--;
    return true;
  }

  override refCount(dataId: object): number {
    return this.stored.get(dataId)?.references ?? 0;
  }

  override incRef(dataId: object): void {
    this.entry(dataId).references++;
  }

  override numDataIds(): number {
    return this.count;
  }

  override floatPrecision(): 32 {
    return 32;
  }

  override memory(): { unreliable: boolean } {
    return { unreliable: true };
  }

  /** Frees the lists that are kept. */
  override dispose(): void {
    for (const id of this.indexTensors.values()) this.binding.deleteTensor(id);
    this.indexTensors.clear();
  }
}

/** tfjs hands over lists and arrays of another type now and then; TensorFlow takes the one that belongs to the dtype. */
function typed(values: tf.backend_util.BackendValues, dtype: DType): TensorData {
  const kind = { float32: Float32Array, int32: Int32Array, bool: Uint8Array }[dtype];
  return values instanceof kind ? values : kind.from(values as unknown as ArrayLike<number>);
}
