/**
 * Loading a checkpoint of the size of ViT-B/16 (86.6 million parameters): the time beside that of reading its files alone,
 * and the memory beside that of the parameters themselves.
 *
 *   npx tsx bench/load.ts [--runs 5] [--depth 12] [--kinds float32,bfloat16]
 *
 * Each figure is of a process of its own; the files are in the page cache. "Read" reads the same files into one buffer each.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { float32ToBfloat16, float32ToFloat16 } from '../src/core/formats/halfPrecision';
import {
  type TensorBytes,
  type WritableTensor,
  writeSafetensors,
} from '../src/core/formats/safetensorsWriter';
import { storedZip } from '../src/core/formats/storedZip';
import { loadCheckpoint } from '../src/core/models/checkpoint';
import { createRandom } from '../src/core/random';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    depth: { type: 'string', default: '12' },
    kinds: { type: 'string' },
    worker: { type: 'string' },
    folder: { type: 'string' },
  },
});
const depth = Number(values.depth);
const d = 768;

type Shapes = ReadonlyMap<string, readonly number[]>;

/** The tensors of google/vit-base-patch16-224. */
function shapesOf(): Shapes {
  const shapes = new Map<string, readonly number[]>();
  const linear = (name: string, out: number, into: number): void => {
    shapes.set(`${name}.weight`, [out, into]).set(`${name}.bias`, [out]);
  };
  const norm = (name: string): void => {
    shapes.set(`${name}.weight`, [d]).set(`${name}.bias`, [d]);
  };
  shapes.set('vit.embeddings.cls_token', [1, 1, d]).set('vit.embeddings.position_embeddings', [1, 197, d]);
  shapes.set('vit.embeddings.patch_embeddings.projection.weight', [d, 3, 16, 16]);
  shapes.set('vit.embeddings.patch_embeddings.projection.bias', [d]);
  for (let i = 0; i < depth; i++) {
    const layer = `vit.encoder.layer.${i}`;
    norm(`${layer}.layernorm_before`);
    for (const name of ['query', 'key', 'value']) linear(`${layer}.attention.attention.${name}`, d, d);
    linear(`${layer}.attention.output.dense`, d, d);
    norm(`${layer}.layernorm_after`);
    linear(`${layer}.intermediate.dense`, 4 * d, d);
    linear(`${layer}.output.dense`, d, 4 * d);
  }
  norm('vit.layernorm');
  linear('classifier', 1000, d);
  return shapes;
}

/** The same numbers for every tensor of a length: what they are does not matter. */
const drawn = new Map<number, Float32Array>();
function numbers(shape: readonly number[]): Float32Array {
  const length = shape.reduce((product, extent) => product * extent, 1);
  const random = createRandom(length);
  const data = drawn.get(length) ?? Float32Array.from({ length }, () => random.next() - 0.5);
  drawn.set(length, data);
  return data;
}

/** As torch.save writes it: data.pkl, and a stored file for each tensor. */
async function writeTorch(file: string, shapes: Shapes): Promise<void> {
  const text = (value: string): string => `X${le32(value.length)}${value}`;
  const integer = (value: number): string => `J${le32(value)}`;
  const tuple = (items: readonly string[]): string => `(${items.join('')}t`;
  const items = [...shapes].map(([name, shape], i) => {
    const length = shape.reduce((product, extent) => product * extent, 1);
    const strides = shape.map((_, axis) =>
      shape.slice(axis + 1).reduce((product, extent) => product * extent, 1),
    );
    const id = tuple([
      text('storage'),
      'ctorch\nFloatStorage\n',
      text(String(i)),
      text('cpu'),
      integer(length),
    ]);
    const sizes = [shape, strides].map((list) => tuple(list.map(integer)));
    return `${text(name)}ctorch._utils\n_rebuild_tensor_v2\n${tuple([`${id}Q`, integer(0), ...sizes, '\x89', 'ccollections\nOrderedDict\n)R'])}R`;
  });
  const pickle = Buffer.from(`\x80\x02}(${items.join('')}u.`, 'latin1');
  const tensors = [...shapes.values()].map(numbers);
  const files = [
    { name: 'archive/data.pkl', bytes: pickle },
    ...tensors.map((data, i) => ({
      name: `archive/data/${i}`,
      bytes: Buffer.from(data.buffer, data.byteOffset, data.byteLength),
    })),
  ];
  const zip = storedZip(files.map(({ name, bytes }) => ({ name, size: bytes.length })))!;
  const handle = await open(file, 'w');
  for (const [i, { bytes }] of files.entries()) await handle.write(bytes, 0, bytes.length, zip.starts[i]!);
  for (const { at, bytes } of zip.frame(files.map(() => 0))) await handle.write(bytes, 0, bytes.length, at);
  await handle.close();
}

function le32(value: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes.toString('latin1');
}

type Kind = 'float32' | 'bfloat16' | 'float16' | 'three shards' | 'pytorch_model.bin';
const kinds: readonly Kind[] = ['float32', 'bfloat16', 'float16', 'three shards', 'pytorch_model.bin'];

async function write(folder: string, kind: Kind, shapes: Shapes): Promise<void> {
  mkdirSync(folder);
  const config = { model_type: 'vit', num_hidden_layers: depth };
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify(config));
  if (kind === 'pytorch_model.bin') return writeTorch(path.join(folder, kind), shapes);
  const half = kind === 'bfloat16' ? float32ToBfloat16 : kind === 'float16' ? float32ToFloat16 : undefined;
  const all = [...shapes].map(([name, shape]): [string, WritableTensor | TensorBytes] => {
    const data = numbers(shape);
    if (half === undefined) return [name, { shape, data }];
    const bits = new Uint16Array(data.length);
    half(data, bits);
    const dtype = kind === 'bfloat16' ? 'BF16' : 'F16';
    return [name, { shape, dtype, bytes: new Uint8Array(bits.buffer) }];
  });
  if (kind !== 'three shards') return writeSafetensors(path.join(folder, 'model.safetensors'), new Map(all));
  const map: Record<string, string> = {};
  for (let k = 0; k < 3; k++) {
    const file = `model-0000${k + 1}-of-00003.safetensors`;
    const part = all.filter((_, i) => Math.floor((3 * i) / all.length) === k);
    for (const [name] of part) map[name] = file;
    await writeSafetensors(path.join(folder, file), new Map(part));
  }
  writeFileSync(path.join(folder, 'model.safetensors.index.json'), JSON.stringify({ weight_map: map }));
}

interface Measured {
  readonly seconds: number;
  /** Of all threads. */
  readonly cpuSeconds: number;
  /** Bytes. */
  readonly peak: number;
  readonly held: number;
}

/** One load, or one reading of the files, in this process. */
async function work(what: string, folder: string): Promise<Measured> {
  const before = process.memoryUsage().rss;
  const cpu = process.cpuUsage();
  const start = performance.now();
  let held = 0;
  if (what === 'load') {
    const { parameters } = await loadCheckpoint(folder);
    held = Object.values(parameters).reduce((sum, { data }) => sum + data.byteLength, 0);
  } else {
    const files: Buffer[] = [];
    for (const name of readdirSync(folder)) {
      if (/^(?:model|pytorch).*(?:safetensors|bin)$/.test(name))
        files.push(await readFile(path.join(folder, name)));
    }
    held = files.reduce((sum, { length }) => sum + length, 0);
  }
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const cpuSeconds = (user + system) / 1e6;
  return { seconds, cpuSeconds, held, peak: process.resourceUsage().maxRSS * 1024 - before };
}

function inProcess(what: string, folder: string): Measured {
  const script = path.join(__dirname, 'load.ts');
  const child = spawnSync(
    process.execPath,
    ['--import', 'tsx', script, '--worker', what, '--folder', folder],
    { encoding: 'utf8' },
  );
  if (child.status !== 0) throw new Error(child.stderr);
  return JSON.parse(child.stdout) as Measured;
}

async function main(): Promise<void> {
  if (values.worker !== undefined) {
    process.stdout.write(JSON.stringify(await work(values.worker, values.folder!)));
    return;
  }
  const root = mkdtempSync(path.join(tmpdir(), 'repsim-load-'));
  try {
    const shapes = shapesOf();
    const median = (list: readonly number[]): number => [...list].sort((a, b) => a - b)[list.length >> 1]!;
    const cpuOf = (list: readonly Measured[]): string =>
      median(list.map(({ cpuSeconds }) => cpuSeconds)).toFixed(3);
    const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
    const asked = values.kinds?.split(',') ?? kinds;
    for (const kind of kinds.filter((one) => asked.includes(one))) {
      const folder = path.join(root, kind.replaceAll(' ', '-'));
      await write(folder, kind, shapes);
      const reads: Measured[] = [];
      const loads: Measured[] = [];
      inProcess('read', folder);
      for (let i = 0; i < Number(values.runs); i++) {
        reads.push(inProcess('read', folder));
        loads.push(inProcess('load', folder));
      }
      const read = median(reads.map(({ seconds }) => seconds));
      const load = median(loads.map(({ seconds }) => seconds));
      const { held } = loads[0]!;
      const extra = median(loads.map(({ peak }) => peak)) - held;
      console.log(
        `${kind}: file ${megabytes(reads[0]!.held)}, parameters ${megabytes(held)}; read ${read.toFixed(3)} s, ` +
          `load ${load.toFixed(3)} s, ${(load / read).toFixed(2)} x (CPU ${cpuOf(reads)} and ${cpuOf(loads)} s); memory beside the parameters ${megabytes(extra)}`,
      );
    }
  } finally {
    rmSync(root, { recursive: true });
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
