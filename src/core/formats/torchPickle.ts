/** What a pickle of PyTorch may name: tensors, storages, and harmless metadata that is kept closed. */
import { UserError } from '../errors';
import { Opaque, type PickleGlobal, type PickleValue, type PickleWorld, Tuple } from './pickleValues';
import type { SafetensorsDType } from './safetensorsHeader';

/** Where the values of tensors are; several may share one. */
export class TorchStorage {
  constructor(
    readonly key: string,
    readonly dtype: SafetensorsDType | undefined,
    /** Elements; bytes where the dtype is not that of the storage. */
    readonly length: number,
  ) {}
}

export class TorchTensor {
  constructor(
    readonly storage: TorchStorage,
    readonly dtype: SafetensorsDType,
    /** In elements. */
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {}
}

class StorageType {
  constructor(readonly dtype: SafetensorsDType | undefined) {}
}

class DType {
  constructor(readonly dtype: SafetensorsDType) {}
}

const storageTypes: Readonly<Record<string, SafetensorsDType | undefined>> = {
  DoubleStorage: 'F64',
  FloatStorage: 'F32',
  HalfStorage: 'F16',
  BFloat16Storage: 'BF16',
  LongStorage: 'I64',
  IntStorage: 'I32',
  ShortStorage: 'I16',
  CharStorage: 'I8',
  ByteStorage: 'U8',
  BoolStorage: 'BOOL',
  UntypedStorage: undefined,
};

const dtypes: Readonly<Record<string, SafetensorsDType>> = {
  float64: 'F64',
  float32: 'F32',
  float16: 'F16',
  bfloat16: 'BF16',
  int64: 'I64',
  int32: 'I32',
  int16: 'I16',
  int8: 'I8',
  uint8: 'U8',
  uint16: 'U16',
  uint32: 'U32',
  uint64: 'U64',
  bool: 'BOOL',
  float8_e4m3fn: 'F8_E4M3',
  float8_e5m2: 'F8_E5M2',
};

/** Metadata that training code puts beside the tensors: read over, never made. */
const closed: ReadonlySet<string> = new Set([
  'argparse.Namespace',
  'types.SimpleNamespace',
  'pathlib.PosixPath',
  'pathlib.WindowsPath',
  'pathlib.PurePosixPath',
  'pathlib.Path',
  'datetime.datetime',
  'datetime.timedelta',
  'decimal.Decimal',
  'fractions.Fraction',
  'builtins.slice',
  'builtins.complex',
  'builtins.range',
  'builtins.bytearray',
  '__builtin__.bytearray',
  '_codecs.encode',
  'numpy.dtype',
  'numpy.ndarray',
  'numpy.core.multiarray.scalar',
  'numpy._core.multiarray.scalar',
  'numpy.core.multiarray._reconstruct',
  'numpy._core.multiarray._reconstruct',
  'torch.device',
  'torch.Size',
  'torch.serialization._get_layout',
]);

const maximumRank = 64;

/** The world of a file's pickle. `names`: what its globals are called in messages. */
export function torchWorld(path: string): PickleWorld {
  const damaged = (what: string): never => {
    throw new UserError(`${path} is damaged: ${what}. Save it again.`);
  };
  const naturals = (value: PickleValue, what: string): readonly number[] => {
    const items = value instanceof Tuple ? value.items : Array.isArray(value) ? value : undefined;
    if (items === undefined || items.length > maximumRank || !items.every(isNatural)) {
      return damaged(`the ${what} of a tensor is no list of numbers`);
    }
    return items as readonly number[];
  };
  const tensor = (dtype: SafetensorsDType | undefined, values: readonly PickleValue[]): TorchTensor => {
    const [storage, offset, shape, strides] = values;
    if (!(storage instanceof TorchStorage) || !isNatural(offset)) return damaged('a tensor has no storage');
    const own = dtype ?? storage.dtype ?? damaged('a tensor has no dtype');
    const sizes = naturals(shape, 'shape');
    const steps = naturals(strides, 'strides');
    if (sizes.length !== steps.length) return damaged('a tensor has not as many strides as extents');
    return new TorchTensor(storage, own, offset, sizes, steps);
  };
  const passes = (values: readonly PickleValue[]): PickleValue => values[0];
  const calls: Readonly<Record<string, (values: readonly PickleValue[]) => PickleValue>> = {
    'collections.OrderedDict': (values) => dictionary(values[0]),
    'collections.defaultdict': (values) => dictionary(values[1]),
    'collections.Counter': (values) => dictionary(values[0]),
    'builtins.set': (values) => new Set(itemsOf(values[0])),
    '__builtin__.set': (values) => new Set(itemsOf(values[0])),
    'builtins.frozenset': (values) => new Set(itemsOf(values[0])),
    'builtins.list': (values) => [...itemsOf(values[0])],
    'builtins.dict': (values) => dictionary(values[0]),
    'builtins.int': passes,
    'builtins.float': passes,
    'builtins.str': passes,
    'builtins.bool': passes,
    'torch._utils._rebuild_tensor': (values) => tensor(undefined, values),
    'torch._utils._rebuild_tensor_v2': (values) => tensor(undefined, values),
    'torch._utils._rebuild_tensor_v3': (values) =>
      tensor(values[6] instanceof DType ? values[6].dtype : undefined, values),
    'torch._utils._rebuild_parameter': passes,
    'torch._utils._rebuild_parameter_with_state': passes,
    'torch.nn.parameter.Parameter': passes,
    'torch.Tensor': passes,
    'torch._tensor._rebuild_from_type_v2': ([function_, , values]) => {
      const made =
        isCallable(function_) && values instanceof Tuple ? function_.call(values.items) : undefined;
      // Anything else would be a copy that the limit on values does not count.
      return made instanceof TorchTensor ? made : damaged('a tensor is made in an unknown way');
    },
  };
  return {
    path,
    global(module, name): PickleGlobal | undefined {
      const full = `${module}.${name}`;
      const call = Object.hasOwn(calls, full) ? calls[full] : undefined;
      if (call !== undefined) return { name: full, call };
      const torch = module === 'torch' || module === 'torch.storage';
      if (torch && Object.hasOwn(storageTypes, name))
        return constant(full, new StorageType(storageTypes[name]));
      if (torch && Object.hasOwn(dtypes, name)) return constant(full, new DType(dtypes[name]!));
      return closed.has(full) ? { name: full, call: () => new Opaque(full) } : undefined;
    },
    persistent(id) {
      const [kind, type, key, , length] = id instanceof Tuple ? id.items : [];
      if (kind !== 'storage' || !(type instanceof StorageType) || !isNatural(length)) {
        return damaged('it refers to something that is no storage');
      }
      if (typeof key !== 'string' || !/^[\w.-]{1,64}$/.test(key))
        return damaged('a storage has no proper name');
      return new TorchStorage(key, type.dtype, length);
    },
  };
}

/** A global that is a value itself: nothing is made when it is called. */
function constant(name: string, value: object): PickleGlobal {
  return Object.assign(value, { name, call: () => new Opaque(name) });
}

function isCallable(value: PickleValue): value is PickleGlobal {
  return typeof value === 'object' && value !== null && 'call' in value;
}

function isNatural(value: PickleValue): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Not copied: a set may be named by every pair of a list. */
function itemsOf(value: PickleValue): Iterable<PickleValue> {
  if (value instanceof Tuple) return value.items;
  return Array.isArray(value) || value instanceof Set ? value : [];
}

/** Of nothing, of another dictionary, or of a list of pairs. */
function dictionary(value: PickleValue): Map<PickleValue, PickleValue> {
  if (value instanceof Map) return new Map(value);
  const map = new Map<PickleValue, PickleValue>();
  for (const pair of itemsOf(value)) {
    const [key, item] = itemsOf(pair);
    map.set(key, item);
  }
  return map;
}
