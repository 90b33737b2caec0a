/** How often two classifiers decide differently. */
import { row, undefinedBecause } from './features';
import { checkLogits, indexOfLargest } from './logits';
import type { Measure } from './measure';

export const disagreement: Measure = {
  id: 'disagreement',
  name: 'Disagreement',
  explanation: 'Share of the samples for which the two models choose different classes.',
  formula: 'mean of [argmax x_i != argmax y_i]',
  source: 'Skalak, 1996; Klabunde et al., 2025',
  larger: 'less similar',
  range: [0, 1],
  symmetric: true,
  metric: true,
  invariant: { orthogonal: false, scaling: true, permutation: false, translation: false, linear: false },
  on: 'logits',
  pairwise: false,
  compare(x, y) {
    const bad = checkLogits(x, y);
    if (bad !== undefined) return undefinedBecause(bad);
    let different = 0;
    for (let i = 0; i < x.n; i++) if (indexOfLargest(row(x, i)) !== indexOfLargest(row(y, i))) different++;
    return { value: different / x.n };
  },
};
