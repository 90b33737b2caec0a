/** The bytes of a model, read back with the library's reader by the field numbers of onnx.proto3. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { encodeModel } from '../../../../src/core/compute/onnx/encode';

type Field = number | bigint | string | Uint8Array;

/** All fields of a message by number; messages inside stay bytes. */
function fields(bytes: Uint8Array): Map<number, Field[]> {
  const reader = new BinaryReader(bytes);
  const found = new Map<number, Field[]>();
  while (reader.pos < bytes.length) {
    const [number, type] = reader.tag();
    const value =
      type === WireType.Varint
        ? reader.int64()
        : type === WireType.Bit32
          ? reader.float()
          : type === WireType.LengthDelimited
            ? reader.bytes()
            : assert.fail(`wire type ${type}`);
    found.set(number, [...(found.get(number) ?? []), value]);
  }
  return found;
}

const only = (map: Map<number, Field[]>, number: number) => {
  assert.equal(map.get(number)?.length, 1, `field ${number}`);
  return map.get(number)![0] as Uint8Array;
};
const text = (value: Field) => Buffer.from(value as Uint8Array).toString();

const model = encodeModel({
  nodes: [
    {
      op: 'Gemm',
      domain: '',
      inputs: ['a', '', 'c'],
      outputs: ['y'],
      attributes: { transA: 1, alpha: { float: 0.5 }, axes: [-1, 3], mode: 'constant' },
    },
    { op: 'Gelu', domain: 'com.microsoft', inputs: ['y'], outputs: ['z'], attributes: {} },
  ],
  constants: [{ name: 'c', shape: [2], dtype: 'int64', bytes: new Uint8Array(16).fill(7) }],
  inputs: [{ name: 'a', shape: [2, 'n'], dtype: 'bool' }],
  outputs: [{ name: 'z', shape: [], dtype: 'float32' }],
});
const graph = fields(only(fields(model), 7));

test('a model names its operator sets', () => {
  const sets = fields(model)
    .get(8)!
    .map((set) => fields(set as Uint8Array))
    .map((set) => [text(only(set, 1)), set.get(2)![0]]);
  assert.deepEqual(sets, [
    ['', 18n],
    ['com.microsoft', 1n],
  ]);
});

test('nodes keep their inputs, left out ones too, their domain and their attributes', () => {
  const [gemm, gelu] = graph.get(1)!.map((node) => fields(node as Uint8Array));
  assert.deepEqual(gemm!.get(1)!.map(text), ['a', '', 'c']);
  assert.deepEqual(gemm!.get(2)!.map(text), ['y']);
  assert.equal(text(only(gelu!, 7)), 'com.microsoft');
  const attributes = gemm!.get(5)!.map((attribute) => fields(attribute as Uint8Array));
  assert.deepEqual(
    attributes.map((a) => text(only(a, 1))),
    ['transA', 'alpha', 'axes', 'mode'],
  );
  assert.deepEqual(
    attributes.map((a) => a.get(20)![0]),
    [2n, 1n, 7n, 3n],
  );
  assert.deepEqual(attributes[0]!.get(3), [1n]);
  assert.deepEqual(attributes[1]!.get(2), [0.5]);
  assert.deepEqual(attributes[2]!.get(8), [-1n, 3n]);
  assert.equal(text(only(attributes[3]!, 4)), 'constant');
});

test('constants carry their bytes, inputs and outputs their types', () => {
  const constant = fields(only(graph, 5));
  assert.deepEqual(constant.get(1), [2n]);
  assert.deepEqual(constant.get(2), [7n]);
  assert.deepEqual([...only(constant, 9)], Array(16).fill(7));
  const type = fields(only(fields(only(fields(only(graph, 11)), 2)), 1));
  assert.deepEqual(type.get(1), [9n]);
  const [first, second] = fields(only(type, 2))
    .get(1)!
    .map((extent) => fields(extent as Uint8Array));
  assert.deepEqual(first!.get(1), [2n]);
  assert.equal(text(only(second!, 2)), 'n');
});
