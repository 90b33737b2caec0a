/**
 * A reader of Python pickles that runs nothing. A pickle is a program for a small stack machine; this one knows the
 * operations that build values, and of the functions and classes that a pickle may name only those that it is given:
 * every other is refused by its name. Opcodes: CPython's Lib/pickletools.py, protocols 0 to 5.
 */
import { UserError } from '../errors';

/** A function or class of `PickleWorld.globals`, before it is called. */
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

/** Values on the stack and in the memo: a state dict of 10 000 tensors makes some 500 000. */
const maximumValues = 20_000_000;
/** Longest integer, in bytes. */
const maximumInteger = 16;

export interface Unpickled {
  readonly value: PickleValue;
  /** Where the pickle ends in the bytes. */
  readonly end: number;
}

/** Reads the pickle that begins at `start`. Throws a UserError if it is damaged or names what is not known. */
export function unpickle(bytes: Uint8Array, world: PickleWorld, start = 0): Unpickled {
  return new Machine(bytes, world, start).run();
}

const decoder = new TextDecoder('utf-8', { fatal: true });
const latin = new TextDecoder('latin1');

class Machine {
  private stack: PickleValue[] = [];
  private readonly marks: PickleValue[][] = [];
  private readonly memo = new Map<number, PickleValue>();
  private readonly view: DataView;
  private values = 0;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly world: PickleWorld,
    private at: number,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  run(): Unpickled {
    for (;;) {
      const opcode = this.byte();
      if (opcode === 0x2e) return { value: this.pop(), end: this.at }; // '.', STOP
      const operation = operations[opcode];
      if (operation === undefined) this.fail(`it has the unknown operation 0x${opcode.toString(16)}`);
      operation(this);
      if (++this.values > maximumValues) this.fail(`it has more than ${maximumValues} values`);
    }
  }

  fail(what: string): never {
    throw new UserError(
      `${this.world.path} is damaged or no file of PyTorch: ${what} at byte ${this.at} of its pickle. Save it again.`,
    );
  }

  private take(length: number): Uint8Array {
    if (!(length >= 0 && length <= this.bytes.length - this.at)) this.fail(`it ends within ${length} bytes`);
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  byte(): number {
    return this.take(1)[0]!;
  }

  /** Little-endian, of 1, 2, 4 or 8 bytes. */
  unsigned(width: 1 | 2 | 4 | 8): number {
    const { byteOffset } = this.take(width);
    const at = byteOffset - this.bytes.byteOffset;
    if (width === 1) return this.view.getUint8(at);
    if (width === 2) return this.view.getUint16(at, true);
    if (width === 4) return this.view.getUint32(at, true);
    return Number(this.view.getBigUint64(at, true));
  }

  raw(length: number): Uint8Array {
    return this.take(length);
  }

  text(length: number): string {
    const bytes = this.take(length);
    try {
      return decoder.decode(bytes);
    } catch {
      return latin.decode(bytes);
    }
  }

  /** Up to the next line break, which is not part of it. */
  line(): string {
    const end = this.bytes.indexOf(0x0a, this.at);
    if (end < 0) this.fail('a line has no end');
    const line = this.text(end - this.at);
    this.at++;
    return line;
  }

  double(): number {
    const { byteOffset } = this.take(8);
    return this.view.getFloat64(byteOffset - this.bytes.byteOffset, false);
  }

  /** Two's complement, little-endian. */
  long(length: number): number | bigint {
    if (length > maximumInteger) this.fail(`an integer has ${length} bytes`);
    let value = 0n;
    const bytes = this.take(length);
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!);
    const signed = BigInt.asIntN(8 * length, value);
    const number = Number(signed);
    return Number.isSafeInteger(number) ? number : signed;
  }

  push(value: PickleValue): void {
    this.stack.push(value);
  }

  pop(): PickleValue {
    if (this.stack.length === 0) this.fail('its stack is empty');
    return this.stack.pop();
  }

  top(): PickleValue {
    if (this.stack.length === 0) this.fail('its stack is empty');
    return this.stack[this.stack.length - 1];
  }

  /** POP: a mark is popped where nothing lies on it. */
  discard(): void {
    if (this.stack.length > 0) this.stack.pop();
    else this.popMark();
  }

  mark(): void {
    this.marks.push(this.stack);
    this.stack = [];
  }

  /** What lies on the last mark, which goes with it. */
  popMark(): PickleValue[] {
    const items = this.stack;
    const below = this.marks.pop();
    if (below === undefined) return this.fail('a mark is missing');
    this.stack = below;
    return items;
  }

  put(index: number): void {
    this.memo.set(index, this.top());
  }

  memoize(): void {
    this.put(this.memo.size);
  }

  get(index: number): void {
    if (!this.memo.has(index)) this.fail(`it has no value number ${index}`);
    this.push(this.memo.get(index));
  }

  global(module: PickleValue, name: PickleValue): void {
    // Lists that hold each other have no text that ever ends.
    if (typeof module !== 'string' || typeof name !== 'string') this.fail('a global has no name');
    const found = this.world.global(module, name);
    if (found === undefined) {
      const shown = `${module}.${name}`.slice(0, 120);
      throw new UserError(
        `${this.world.path} holds ${shown}, which is no tensor and is not loaded: a pickle can run any code. Save the tensors alone, torch.save(model.state_dict(), ...) or safetensors.`,
      );
    }
    this.push(found);
  }

  /** The arguments are a tuple on top of a global. */
  call(): void {
    const values = this.tuple(this.pop());
    const callee = this.pop();
    // A call may copy what it is given.
    for (const value of values) this.values += extentOf(value);
    this.push(isGlobal(callee) ? callee.call(values) : new Opaque('object'));
  }

  tuple(value: PickleValue): readonly PickleValue[] {
    if (!(value instanceof Tuple)) return this.fail('arguments are no tuple');
    return value.items;
  }

  persistent(id: PickleValue): void {
    this.push(this.world.persistent(id));
  }

  append(items: readonly PickleValue[]): void {
    const list = this.top();
    if (Array.isArray(list)) for (const item of items) list.push(item);
    else if (list instanceof Set) for (const item of items) list.add(item);
    else if (!(list instanceof Opaque)) this.fail('something is appended to what is no list');
  }

  setItems(items: readonly PickleValue[]): void {
    const map = this.top();
    if (items.length % 2 !== 0) this.fail('a key has no value');
    if (map instanceof Map) for (let i = 0; i < items.length; i += 2) map.set(items[i], items[i + 1]);
    else if (!(map instanceof Opaque)) this.fail('something is set in what is no dictionary');
  }
}

function isGlobal(value: PickleValue): value is PickleGlobal {
  return typeof value === 'object' && value !== null && 'call' in value;
}

function extentOf(value: PickleValue): number {
  if (Array.isArray(value)) return value.length;
  if (value instanceof Tuple) return value.items.length;
  return value instanceof Map || value instanceof Set ? value.size : 0;
}

function pairs(items: readonly PickleValue[], machine: Machine): Map<PickleValue, PickleValue> {
  if (items.length % 2 !== 0) machine.fail('a key has no value');
  const map = new Map<PickleValue, PickleValue>();
  for (let i = 0; i < items.length; i += 2) map.set(items[i], items[i + 1]);
  return map;
}

/** Decimal text of protocol 0: "01" and "00" are truth values, "5L" is 5. */
function decimal(machine: Machine): number | boolean {
  const line = machine.line();
  if (line === '01' || line === '00') return line === '01';
  const value = Number(line.replace(/L$/, ''));
  if (!Number.isFinite(value)) machine.fail(`${JSON.stringify(line.slice(0, 20))} is no number`);
  return value;
}

const operations: Readonly<Record<number, (machine: Machine) => void>> = {
  128: (m) => m.raw(1), // PROTO
  149: (m) => m.raw(8), // FRAME
  40: (m) => m.mark(),
  48: (m) => m.discard(), // POP
  49: (m) => m.popMark(), // POP_MARK
  50: (m) => m.push(m.top()), // DUP
  78: (m) => m.push(null),
  136: (m) => m.push(true),
  137: (m) => m.push(false),
  73: (m) => m.push(decimal(m)), // INT
  76: (m) => m.push(decimal(m)), // LONG
  70: (m) => m.push(decimal(m)), // FLOAT
  74: (m) => m.push(m.unsigned(4) | 0), // BININT
  75: (m) => m.push(m.unsigned(1)),
  77: (m) => m.push(m.unsigned(2)),
  138: (m) => m.push(m.long(m.unsigned(1))), // LONG1
  139: (m) => m.push(m.long(m.unsigned(4))), // LONG4
  71: (m) => m.push(m.double()), // BINFLOAT
  83: (m) => m.push(m.line().replace(/^(['"])(.*)\1$/s, '$2')), // STRING
  84: (m) => m.push(m.text(m.unsigned(4))), // BINSTRING
  85: (m) => m.push(m.text(m.unsigned(1))), // SHORT_BINSTRING
  86: (m) => m.push(m.line()), // UNICODE
  88: (m) => m.push(m.text(m.unsigned(4))), // BINUNICODE
  140: (m) => m.push(m.text(m.unsigned(1))), // SHORT_BINUNICODE
  141: (m) => m.push(m.text(m.unsigned(8))), // BINUNICODE8
  66: (m) => m.push(m.raw(m.unsigned(4))), // BINBYTES
  67: (m) => m.push(m.raw(m.unsigned(1))), // SHORT_BINBYTES
  142: (m) => m.push(m.raw(m.unsigned(8))), // BINBYTES8
  150: (m) => m.push(m.raw(m.unsigned(8))), // BYTEARRAY8
  93: (m) => m.push([]), // EMPTY_LIST
  97: (m) => {
    const item = m.pop();
    m.append([item]);
  },
  101: (m) => m.append(m.popMark()), // APPENDS
  108: (m) => m.push(m.popMark()), // LIST
  41: (m) => m.push(new Tuple([])), // EMPTY_TUPLE
  116: (m) => m.push(new Tuple(m.popMark())), // TUPLE
  133: (m) => m.push(new Tuple([m.pop()])), // TUPLE1
  134: (m) => m.push(lastOf(m, 2)), // TUPLE2
  135: (m) => m.push(lastOf(m, 3)), // TUPLE3
  125: (m) => m.push(new Map()), // EMPTY_DICT
  100: (m) => m.push(pairs(m.popMark(), m)), // DICT
  115: (m) => m.setItems(lastOf(m, 2).items), // SETITEM
  117: (m) => m.setItems(m.popMark()), // SETITEMS
  143: (m) => m.push(new Set()), // EMPTY_SET
  144: (m) => m.append(m.popMark()), // ADDITEMS
  145: (m) => m.push(new Set(m.popMark())), // FROZENSET
  103: (m) => m.get(Number(decimal(m))), // GET
  104: (m) => m.get(m.unsigned(1)), // BINGET
  106: (m) => m.get(m.unsigned(4)), // LONG_BINGET
  112: (m) => m.put(Number(decimal(m))), // PUT
  113: (m) => m.put(m.unsigned(1)), // BINPUT
  114: (m) => m.put(m.unsigned(4)), // LONG_BINPUT
  148: (m) => m.memoize(),
  99: (m) => m.global(m.line(), m.line()), // GLOBAL
  147: (m) => {
    const name = m.pop();
    m.global(m.pop(), name); // STACK_GLOBAL
  },
  82: (m) => m.call(), // REDUCE
  129: (m) => m.call(), // NEWOBJ
  146: (m) => {
    m.pop(); // Keyword arguments of NEWOBJ_EX.
    m.call();
  },
  // BUILD: attributes, such as the versions that a state dict carries. What the tensors are does not depend on them.
  98: (m) => {
    m.pop();
    m.top();
  },
  80: (m) => m.persistent(m.line()), // PERSID
  81: (m) => m.persistent(m.pop()), // BINPERSID
};

function lastOf(machine: Machine, count: number): Tuple {
  const items: PickleValue[] = [];
  for (let i = 0; i < count; i++) items.unshift(machine.pop());
  return new Tuple(items);
}
