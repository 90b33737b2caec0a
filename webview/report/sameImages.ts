/** Whether the figures of two runs come from the same images: where not, a difference says nothing about the models. */
import { displayName } from '../shared/charts/displayName';
import type { ReportRun } from './report';

/** One sentence for each way in which a run was measured on other images than the first. */
export function sameImagesWarnings([base, ...others]: readonly ReportRun[]): string[] {
  if (!base) return [];
  return others.flatMap((other) => {
    const names = `${displayName(other.name)} and ${displayName(base.name)}`;
    const warnings: string[] = [];
    if (
      base.manifest &&
      other.manifest &&
      base.manifest.data.fingerprint !== other.manifest.data.fingerprint
    ) {
      warnings.push(
        `${names} were trained and measured on different data: their figures do not compare the methods.`,
      );
    }
    for (const [what, read] of counts) {
      const [a, b] = [other.result && read(other.result), base.result && read(base.result)];
      if (a === undefined || b === undefined || a === b) continue;
      warnings.push(
        `${names} were measured on ${a} and on ${b} images (${what}): these figures do not compare.`,
      );
    }
    return warnings;
  });
}

type Result = NonNullable<ReportRun['result']>;

const counts: readonly (readonly [what: string, read: (result: Result) => number])[] = [
  ['similarity', ({ similarity }) => similarity.n],
  ['held-out sharpness', ({ sharpness }) => sharpness.heldOut.n],
  ['training sharpness', ({ sharpness }) => sharpness.train.n],
];
