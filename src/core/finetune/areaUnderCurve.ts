/** Area under the receiver operating characteristic, by ranks. */
import { averageRanks } from '../similarity/ranks';

/**
 * The chance that a positive sample scores above a negative one, ties counting half (Mann and Whitney, 1947): from the
 * rank sum of the positives, tied scores having their mean rank. Null unless both kinds occur.
 */
export function areaUnderCurve(scores: Float64Array, positive: Uint8Array): number | null {
  const positives = positive.reduce((sum, one) => sum + one, 0);
  const negatives = positive.length - positives;
  if (positives === 0 || negatives === 0) return null;
  const ranks = averageRanks(scores);
  let rankSum = 0;
  for (let i = 0; i < ranks.length; i++) if (positive[i] === 1) rankSum += ranks[i]!;
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}
