/**
 * A reader of Python pickles that runs nothing. A pickle is a program for a small stack machine; this one knows the
 * operations that build values, and of the functions and classes that a pickle may name only those that it is given:
 * every other is refused by its name. Opcodes: CPython's Lib/pickletools.py, protocols 0 to 5.
 */
import { PickleMachine } from './pickleMachine';
import { type PickleValue, type PickleWorld, Tuple } from './pickleValues';

export interface Unpickled {
  readonly value: PickleValue;
  /** Where the pickle ends in the bytes. */
  readonly end: number;
}

/** Reads the pickle that begins at `start`. Throws a UserError if it is damaged or names what is not known. */
export function unpickle(bytes: Uint8Array, world: PickleWorld, start = 0): Unpickled {
  const machine = new PickleMachine(bytes, world, start);
  for (;;) {
    const opcode = machine.byte();
    if (opcode === 0x2e) return { value: machine.pop(), end: machine.position }; // '.', STOP
    const operation = operations[opcode];
    if (operation === undefined) machine.fail(`it has the unknown operation 0x${opcode.toString(16)}`);
    operation(machine);
    machine.count(1);
  }
}

function pairs(items: readonly PickleValue[], machine: PickleMachine): Map<PickleValue, PickleValue> {
  if (items.length % 2 !== 0) machine.fail('a key has no value');
  const map = new Map<PickleValue, PickleValue>();
  for (let i = 0; i < items.length; i += 2) map.set(items[i], items[i + 1]);
  return map;
}

/** Decimal text of protocol 0: "01" and "00" are truth values, "5L" is 5. */
function decimal(machine: PickleMachine): number | boolean {
  const line = machine.line();
  if (line === '01' || line === '00') return line === '01';
  const value = Number(line.replace(/L$/, ''));
  if (!Number.isFinite(value)) machine.fail(`${JSON.stringify(line.slice(0, 20))} is no number`);
  return value;
}

const operations: Readonly<Record<number, (machine: PickleMachine) => void>> = {
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

function lastOf(machine: PickleMachine, count: number): Tuple {
  const items: PickleValue[] = [];
  for (let i = 0; i < count; i++) items.unshift(machine.pop());
  return new Tuple(items);
}
