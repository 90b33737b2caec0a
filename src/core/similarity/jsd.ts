/** How differently two classifiers spread their probability. */
import { type Features, row, type Similarity, undefinedBecause } from './features';
import { checkLogits, logSumExp } from './logits';
import type { Measure } from './measure';

/** Mean over the samples of (KL(p || m) + KL(q || m)) / 2 in nats, p and q the softmax of the logits, m their mean. */
function jensenShannon(x: Features, y: Features): Similarity {
  const bad = checkLogits(x, y);
  if (bad !== undefined) return undefinedBecause(bad);
  let sum = 0;
  for (let i = 0; i < x.n; i++) {
    const [a, b] = [row(x, i), row(y, i)];
    const [totalA, totalB] = [logSumExp(a), logSumExp(b)];
    for (let c = 0; c < x.d; c++) {
      const p = Math.exp(a[c]! - totalA);
      const q = Math.exp(b[c]! - totalB);
      const m = (p + q) / 2;
      // 0 log 0 = 0
      if (p > 0) sum += (p * Math.log(p / m)) / 2;
      if (q > 0) sum += (q * Math.log(q / m)) / 2;
    }
  }
  return { value: Math.max(0, sum / x.n) };
}

export const jsd: Measure = {
  id: 'jsd',
  name: 'Jensen-Shannon divergence',
  explanation: 'Mean Jensen-Shannon divergence, in nats, between the probabilities that the two models give.',
  formula: 'mean of (KL(p_i || m_i) + KL(q_i || m_i)) / 2, m = (p + q) / 2',
  source: 'Lin, 1991',
  larger: 'less similar',
  range: [0, Math.LN2],
  symmetric: true,
  metric: false,
  invariant: { orthogonal: false, scaling: false, permutation: false, translation: false, linear: false },
  on: 'logits',
  pairwise: false,
  compare: jensenShannon,
};
