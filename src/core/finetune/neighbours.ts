/**
 * k-nearest-neighbour accuracy: how well an embedding separates the classes of a task without any head. On the task of
 * pretraining, before and after finetuning, it tells how much of the old ability is left.
 */
import { norm } from '../linearAlgebra/matrix';
import { multiply } from '../linearAlgebra/multiply';
import { asMatrix, type Features, row, type Similarity, undefinedBecause } from '../similarity/features';

export interface LabelledFeatures {
  readonly features: Features;
  /** `[n]`, integers from 0; of several labels an image `[n, labels]`, 0 and 1 */
  readonly labels: ArrayLike<number>;
}

const defaultNeighbours = 10;

/** Products are taken in blocks of this many queries and bank samples: 4 MB of similarities at a time. */
const queryBlock = 256;
const bankBlock = 2048;

/**
 * The share of queries whose class is the majority among the k samples of the bank with the largest cosine similarity (on
 * the features as they are, not centred). Each neighbour has one vote; among classes with equally many the one of the
 * nearest sample wins. Of equally near samples the first in the bank counts; k is at most the size of the bank. Of several labels
 * each is voted on by itself, and the share is over all labels of all queries.
 */
export function neighbourAccuracy(
  bank: LabelledFeatures,
  queries: LabelledFeatures,
  k: number = defaultNeighbours,
): Similarity {
  if (bank.features.d !== queries.features.d) {
    throw new RangeError(`embeddings of ${bank.features.d} and ${queries.features.d} features`);
  }
  const columns = labelColumns(bank);
  if (labelColumns(queries) !== columns) throw new RangeError('bank and queries have different labels');
  if (bank.features.n === 0 || queries.features.n === 0) return undefinedBecause('there are no samples');
  const bankScale = inverseNorms(bank.features);
  const queryScale = inverseNorms(queries.features);
  for (const scale of [bankScale, queryScale]) {
    const bad = scale.findIndex((factor) => !(factor > 0 && Number.isFinite(factor)));
    if (bad >= 0) return undefinedBecause(`the embedding of sample ${bad} is zero or not finite`);
  }
  let hits = 0;
  for (let from = 0; from < queries.features.n; from += queryBlock) {
    const nearest = nearestOf(bank.features, bankScale, slice(queries.features, from, queryBlock), k);
    nearest.forEach((neighbours, i) => {
      for (let column = 0; column < columns; column++) {
        const votes = neighbours.map((index) => bank.labels[index * columns + column]!);
        if (majority(votes) === queries.labels[(from + i) * columns + column]) hits++;
      }
    });
  }
  return { value: hits / (queries.features.n * columns) };
}

/** For every query the indices of the k samples of the bank nearest to it, nearest first. */
function nearestOf(bank: Features, bankScale: Float64Array, queries: Features, k: number): number[][] {
  const found = Array.from({ length: queries.n }, () => ({
    indices: [] as number[],
    cosines: [] as number[],
  }));
  for (let from = 0; from < bank.n; from += bankBlock) {
    const part = slice(bank, from, bankBlock);
    const { data } = multiply(asMatrix(queries), asMatrix(part), { transposeB: true });
    found.forEach(({ indices, cosines }, i) => {
      for (let j = 0; j < part.n; j++) {
        // The query's own length scales all its products alike and changes no order.
        const cosine = data[i * part.n + j]! * bankScale[from + j]!;
        if (cosines.length === k && !(cosine > cosines[k - 1]!)) continue;
        let place = cosines.length;
        while (place > 0 && cosine > cosines[place - 1]!) place--;
        cosines.splice(place, 0, cosine);
        indices.splice(place, 0, from + j);
        if (cosines.length > k) {
          cosines.pop();
          indices.pop();
        }
      }
    });
  }
  return found.map(({ indices }) => indices);
}

/** The most frequent label; `labels` are those of the nearest first, so that the first label to reach the top count is the tie's winner. */
function majority(labels: readonly number[]): number {
  const votes = new Map<number, number>();
  for (const label of labels) votes.set(label, (votes.get(label) ?? 0) + 1);
  let winner = labels[0]!;
  for (const [label, count] of votes) if (count > votes.get(winner)!) winner = label;
  return winner;
}

function inverseNorms(features: Features): Float64Array {
  return Float64Array.from({ length: features.n }, (_, i) => 1 / norm(row(features, i)));
}

function slice(features: Features, from: number, count: number): Features {
  const n = Math.min(count, features.n - from);
  const { d } = features;
  return { n, d, data: features.data.subarray(from * d, (from + n) * d) };
}

/** Labels of a sample. Throws a RangeError where they are no whole number. */
function labelColumns({ features, labels }: LabelledFeatures): number {
  const columns = features.n === 0 ? 1 : labels.length / features.n;
  if (!Number.isInteger(columns) || columns === 0)
    throw new RangeError(`${labels.length} labels for ${features.n} embeddings`);
  return columns;
}
