/** The state of a pickle's stack machine: its bytes, its stack with marks, and its memo; everything bounded. */
import { UserError } from '../errors';
import { Opaque, type PickleGlobal, type PickleValue, type PickleWorld, Tuple } from './pickleValues';

/** Values on the stack and in the memo: a state dict of 10 000 tensors makes some 500 000. */
const maximumValues = 20_000_000;
/** Longest integer, in bytes. */
const maximumInteger = 16;

const decoder = new TextDecoder('utf-8', { fatal: true });
const latin = new TextDecoder('latin1');

export class PickleMachine {
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

  /** Where the next byte is. */
  get position(): number {
    return this.at;
  }

  /** Counts what was made. */
  count(values: number): void {
    this.values += values;
    if (this.values > maximumValues) this.fail(`it has more than ${maximumValues} values`);
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
    for (const value of values) this.count(extentOf(value));
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
