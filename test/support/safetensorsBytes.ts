/** Writes the bytes of safetensors files, also of those that no proper writer would write. */

export interface StoredTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: ArrayBufferView;
}

export function safetensorsBytes(
  tensors: Readonly<Record<string, StoredTensor>>,
  metadata?: Readonly<Record<string, string>>,
): Buffer {
  let at = 0;
  const parts: Buffer[] = [];
  // Written by hand: a name may be __proto__.
  const entries = Object.entries(tensors).map(([name, { dtype, shape, data }]) => {
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    parts.push(bytes);
    const begin = at;
    at += bytes.length;
    return `${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: [begin, at] })}`;
  });
  if (metadata) entries.push(`"__metadata__":${JSON.stringify(metadata)}`);
  const header = Buffer.from(`{${entries.join(',')}}`);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, ...parts]);
}
