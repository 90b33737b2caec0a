/** Writes an ONNX model: the fields of onnx.proto3 that a program of nodes and small constants needs. */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { onnxType } from './shapes';
import type { Attribute, Attributes, ElementType } from './values';

export interface ModelNode {
  readonly op: string;
  readonly domain: string;
  /** Names of values; '' for one that is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Attributes;
}

export interface NamedTensor {
  readonly name: string;
  /** A name stands for an extent that may be any. */
  readonly shape: readonly (number | string)[];
  readonly dtype: ElementType;
}

export interface NamedConstant extends NamedTensor {
  readonly shape: readonly number[];
  /** Row-major, little-endian. */
  readonly bytes: Uint8Array;
}

export interface ModelGraph {
  readonly nodes: readonly ModelNode[];
  readonly constants: readonly NamedConstant[];
  readonly inputs: readonly NamedTensor[];
  readonly outputs: readonly NamedTensor[];
}

const irVersion = 9;
const operatorSets = [
  { domain: '', version: 18 },
  { domain: 'com.microsoft', version: 1 },
];
/** AttributeProto.AttributeType */
const attributeType = { float: 1, int: 2, string: 3, ints: 7 } as const;

/** The bytes of a ModelProto. Field numbers below are those of onnx.proto3. */
export function encodeModel(graph: ModelGraph): Uint8Array {
  const writer = new BinaryWriter();
  integer(writer, 1, irVersion);
  text(writer, 2, 'repsim');
  for (const { domain, version } of operatorSets) {
    message(writer, 8, () => {
      text(writer, 1, domain);
      integer(writer, 2, version);
    });
  }
  message(writer, 7, () => {
    for (const node of graph.nodes) message(writer, 1, () => writeNode(writer, node));
    text(writer, 2, 'program');
    for (const constant of graph.constants) {
      message(writer, 5, () => {
        for (const extent of constant.shape) integer(writer, 1, extent);
        integer(writer, 2, onnxType[constant.dtype]);
        text(writer, 8, constant.name);
        writer.tag(9, WireType.LengthDelimited).bytes(constant.bytes);
      });
    }
    for (const input of graph.inputs) message(writer, 11, () => writeValueInfo(writer, input));
    for (const output of graph.outputs) message(writer, 12, () => writeValueInfo(writer, output));
  });
  return writer.finish();
}

function writeNode(writer: BinaryWriter, node: ModelNode): void {
  for (const input of node.inputs) text(writer, 1, input);
  for (const output of node.outputs) text(writer, 2, output);
  text(writer, 3, node.outputs[0] ?? '');
  text(writer, 4, node.op);
  for (const [name, value] of Object.entries(node.attributes))
    message(writer, 5, () => writeAttribute(writer, name, value));
  if (node.domain) text(writer, 7, node.domain);
}

function writeAttribute(writer: BinaryWriter, name: string, value: Attribute): void {
  text(writer, 1, name);
  if (typeof value === 'string') {
    text(writer, 4, value);
    integer(writer, 20, attributeType.string);
  } else if (typeof value === 'number') {
    integer(writer, 3, value);
    integer(writer, 20, attributeType.int);
  } else if ('float' in value) {
    writer.tag(2, WireType.Bit32).float(value.float);
    integer(writer, 20, attributeType.float);
  } else {
    for (const item of value) integer(writer, 8, item);
    integer(writer, 20, attributeType.ints);
  }
}

function writeValueInfo(writer: BinaryWriter, tensor: NamedTensor): void {
  text(writer, 1, tensor.name);
  message(writer, 2, () =>
    message(writer, 1, () => {
      integer(writer, 1, onnxType[tensor.dtype]);
      message(writer, 2, () => {
        for (const extent of tensor.shape) {
          message(writer, 1, () =>
            typeof extent === 'number' ? integer(writer, 1, extent) : text(writer, 2, extent),
          );
        }
      });
    }),
  );
}

function integer(writer: BinaryWriter, field: number, value: number): void {
  writer.tag(field, WireType.Varint).int64(value);
}

function text(writer: BinaryWriter, field: number, value: string): void {
  writer.tag(field, WireType.LengthDelimited).string(value);
}

function message(writer: BinaryWriter, field: number, write: () => void): void {
  writer.tag(field, WireType.LengthDelimited).fork();
  write();
  writer.join();
}
