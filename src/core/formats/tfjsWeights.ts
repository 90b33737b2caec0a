/**
 * The weights of a tfjs model.json: groups of tensors that lie one after the other in binary shards beside it, as float32 or
 * quantised to 8 or 16 bits. They are read as float32.
 */
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { sizeOf } from '../compute/runtime';
import { UserError } from '../errors';
import { float16ToFloat32 } from './halfPrecision';
import type { JsonFile } from './jsonFile';
import { openFile } from './openFile';
import { readRange } from './readRange';
import { type TensorEntry, TensorSource } from './tensorSource';

const mostTensors = 100_000;
const mostShards = 10_000;
/** Values that are dequantised at a time. */
const pieceLength = 1 << 20;

const quantisation = z.object({
  dtype: z.enum(['uint8', 'uint16', 'float16']),
  scale: z.number().optional(),
  min: z.number().optional(),
});

const manifest = z
  .array(
    z.object({
      paths: z.array(z.string().min(1).max(1000)).max(mostShards),
      weights: z
        .array(
          z.object({
            name: z.string().min(1).max(1000),
            shape: z
              .array(
                z
                  .number()
                  .int()
                  .min(0)
                  .max(2 ** 31),
              )
              .max(8),
            dtype: z.string(),
            quantization: quantisation.optional(),
          }),
        )
        .max(mostTensors),
    }),
  )
  .max(1000);

type StoredType = 'float32' | 'uint8' | 'uint16' | 'float16';

const widths: Readonly<Record<StoredType, number>> = { float32: 4, uint8: 1, uint16: 2, float16: 2 };

interface Place {
  readonly group: number;
  /** First byte in the group, all its shards one after the other. */
  readonly start: number;
  readonly stored: StoredType;
  readonly scale: number;
  readonly min: number;
}

interface Shard {
  readonly file: string;
  readonly handle: FileHandle;
  readonly start: number;
  readonly end: number;
}

/**
 * Opens the shards that `weightsManifest` of a model.json names. Throws a UserError if the manifest is broken, names files elsewhere, or
 * the shards are too short for the tensors.
 */
export async function openTfjsWeights(model: JsonFile): Promise<TensorSource> {
  const parsed = manifest.safeParse(model.value.weightsManifest);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new UserError(
      `${model.path} has no valid weightsManifest (${issue!.path.join('.')}: ${issue!.message}): convert the model again.`,
    );
  }
  const groups: Shard[][] = [];
  try {
    for (const { paths } of parsed.data) groups.push(await openShards(model.path, paths));
    return new TfjsWeights(model.path, parsed.data, groups);
  } catch (error) {
    await Promise.all(groups.flat().map(({ handle }) => handle.close()));
    throw error;
  }
}

async function openShards(model: string, names: readonly string[]): Promise<Shard[]> {
  const shards: Shard[] = [];
  let start = 0;
  try {
    for (const name of names) {
      const inside = path.normalize(name);
      if (path.isAbsolute(inside) || inside.split(path.sep).includes('..')) {
        throw new UserError(
          `${model} names weights outside of its folder (${name.slice(0, 200)}), which are not read: put them beside it.`,
        );
      }
      const file = path.join(path.dirname(model), inside);
      const handle = await openFile(file, `The weights ${file} of ${model}`);
      const shard = { file, handle, start, end: start };
      shards.push(shard);
      shard.end = start + (await handle.stat()).size;
      start = shard.end;
    }
    return shards;
  } catch (error) {
    await Promise.all(shards.map(({ handle }) => handle.close()));
    throw error;
  }
}

class TfjsWeights extends TensorSource {
  readonly entries: ReadonlyMap<string, TensorEntry>;
  readonly files: readonly string[];
  private readonly places = new Map<string, Place>();

  constructor(
    readonly path: string,
    groups: z.output<typeof manifest>,
    private readonly shards: readonly (readonly Shard[])[],
  ) {
    super();
    const entries = new Map<string, TensorEntry>();
    for (const [group, { weights }] of groups.entries()) {
      let start = 0;
      for (const { name, shape, dtype, quantization } of weights) {
        if (entries.has(name))
          throw new UserError(`${path} names the weights ${name} twice: convert it again.`);
        if (dtype !== 'float32') {
          throw new UserError(
            `The weights ${name} of ${path} are ${dtype}; only float32 ones can be finetuned: convert the model again, in float32 or quantised.`,
          );
        }
        const stored = quantization?.dtype ?? 'float32';
        const { scale = 1, min = 0 } = quantization ?? {};
        entries.set(name, { name, shape, dtype: 'F32' });
        this.places.set(name, { group, start, stored, scale, min });
        start += sizeOf(shape) * widths[stored];
      }
      const size = shards[group]!.at(-1)?.end ?? 0;
      if (start > size) {
        throw new UserError(
          `The shards of ${path} have ${size} bytes where its weights take ${start}: copy them again.`,
        );
      }
    }
    this.entries = entries;
    this.files = [path, ...shards.flat().map(({ file }) => file)];
  }

  /** Of tensors that are stored as float32. */
  async readBytes(name: string, target: Uint8Array, start = 0): Promise<void> {
    this.entryOf(name);
    const place = this.places.get(name)!;
    if (place.stored !== 'float32') throw new Error(`${name} is quantised: its bytes are no float32`);
    await this.readStored(place, target, start);
  }

  override async readFloats(name: string, target: Float32Array, start = 0): Promise<void> {
    const { shape } = this.entryOf(name);
    const place = this.places.get(name)!;
    if (place.stored === 'float32') return super.readFloats(name, target, start);
    if (start + target.length > sizeOf(shape)) {
      throw new Error(`${name} has ${sizeOf(shape)} values, not ${target.length} from ${start} on`);
    }
    const width = widths[place.stored];
    for (let at = 0; at < target.length; at += pieceLength) {
      const piece = target.subarray(at, at + pieceLength);
      const bytes = new Uint8Array(piece.length * width);
      await this.readStored(place, bytes, (start + at) * width);
      dequantise(place, bytes, piece);
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.shards.flat().map(({ handle }) => handle.close()));
  }

  /** A tensor may begin in one shard and end in another. */
  private async readStored(place: Place, target: Uint8Array, start: number): Promise<void> {
    const from = place.start + start;
    const to = from + target.length;
    for (const shard of this.shards[place.group]!) {
      const first = Math.max(from, shard.start);
      const last = Math.min(to, shard.end);
      if (first >= last) continue;
      await readRange(
        shard.handle,
        shard.file,
        first - shard.start,
        target.subarray(first - from, last - from),
      );
    }
  }
}

/** Affine as tfjs's converter writes it: value = stored * scale + min. */
function dequantise(
  { stored, scale, min }: Place,
  bytes: Uint8Array<ArrayBuffer>,
  target: Float32Array,
): void {
  if (stored === 'float16') {
    float16ToFloat32(new Uint16Array(bytes.buffer), target);
    return;
  }
  const values = stored === 'uint8' ? bytes : new Uint16Array(bytes.buffer);
  for (let i = 0; i < target.length; i++) target[i] = values[i]! * scale + min;
}
