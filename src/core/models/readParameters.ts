/** Fills the parameters of a model from the tensors of its files, several reads at a time. */
import { type Group, type HostTensor, sizeOf } from '../compute/runtime';
import { UserError } from '../errors';
import type { TensorSource } from '../formats/tensorSource';
import type { UnderstoodLayout } from './layouts/layout';

/** Values of one read: small enough that they are still in the processor's cache when they are checked. */
const pieceLength = 1 << 18;
/** Reads under way: as many as Node has threads for them. */
const readers = 4;

interface Piece {
  readonly name: string;
  /** First value of the tensor. */
  readonly start: number;
  readonly target: Float32Array;
}

/**
 * Every parameter of the layout's model, float32, read straight into its own memory. Throws a UserError if a tensor cannot
 * be read or holds NaN or infinity, or the reason of `signal`.
 */
export async function readParameters(
  weights: TensorSource,
  { model, parts }: UnderstoodLayout,
  signal?: AbortSignal,
): Promise<Group<HostTensor>> {
  const parameters: Record<string, HostTensor> = {};
  const pieces: Piece[] = [];
  for (const [parameter, { shape }] of Object.entries(model.parameters)) {
    const data = new Float32Array(sizeOf(shape));
    parameters[parameter] = { shape, dtype: 'float32', data };
    let at = 0;
    for (const { name, shape: stored } of parts.get(parameter)!) {
      const end = at + sizeOf(stored);
      for (let from = at; from < end; from += pieceLength) {
        const target = data.subarray(from, Math.min(end, from + pieceLength));
        pieces.push({ name, start: from - at, target });
      }
      at = end;
    }
  }
  let next = 0;
  const read = async (): Promise<void> => {
    while (next < pieces.length) {
      signal?.throwIfAborted();
      const piece = pieces[next++]!;
      await weights.readFloats(piece.name, piece.target, piece.start);
      checkFinite(weights.path, piece);
    }
  };
  await Promise.all(Array.from({ length: readers }, read));
  return parameters;
}

function checkFinite(file: string, { name, start, target }: Piece): void {
  if (allFinite(target)) return;
  const at = target.findIndex((value) => !Number.isFinite(value));
  throw new UserError(
    `Tensor ${name} of ${file} holds ${target[at]} at position ${start + at}: the checkpoint is damaged or its training diverged. Use another one.`,
  );
}

/** A sum of float32 values in float64 cannot overflow: it is finite if and only if all of them are. */
function allFinite(values: Float32Array): boolean {
  // Four sums at a time, as none waits for another.
  let [a, b, c, d] = [0, 0, 0, 0];
  const end = values.length - (values.length % 4);
  for (let i = 0; i < end; i += 4) {
    a += values[i]!;
    b += values[i + 1]!;
    c += values[i + 2]!;
    d += values[i + 3]!;
  }
  for (let i = end; i < values.length; i++) a += values[i]!;
  return Number.isFinite(a + b + c + d);
}
