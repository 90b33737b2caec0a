/** What a Python pickle is made of here, and what it may name. */

/** A function or class of `PickleWorld.global`, before it is called. */
export interface PickleGlobal {
  readonly name: string;
  /** The value that a call with these arguments makes. */
  call(values: readonly PickleValue[]): PickleValue;
}

/** Something that was named, called or built and is not looked into: metadata beside the tensors. */
export class Opaque {
  constructor(readonly name: string) {}
}

export class Tuple {
  constructor(readonly items: readonly PickleValue[]) {}
}

export type PickleValue =
  | null
  | undefined
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleValue[]
  | Tuple
  | Map<PickleValue, PickleValue>
  | Set<PickleValue>
  | Opaque
  | PickleGlobal
  | object;

export interface PickleWorld {
  /** For messages. */
  readonly path: string;
  /** The global called `module.name`; undefined: it is refused. */
  global(module: string, name: string): PickleGlobal | undefined;
  /** The value of a persistent id: in PyTorch's files, a storage. */
  persistent(id: PickleValue): PickleValue;
}
