/** How well logits predict several labels an image, each a choice between absent and present. */
import { areaUnderCurve } from './areaUnderCurve';
import { type ClassificationMetrics, expectedCalibrationError, noMetrics } from './metrics';

/**
 * `logits` and `labels` row-major `[n, classes]`, labels 0 or 1; a label is told present where its probability is above 1/2, its logit
 * above 0. Loss: binary cross-entropy, mean over images and labels. Accuracy: share of all labels that are told rightly. Balanced
 * accuracy and AUC (by the logit): of each label, mean over those that are present in some images and absent in others, as MedMNIST's
 * evaluator has them; balanced accuracy is the mean of both shares that are told rightly. Calibration error: over all labels,
 * by the probability of what is told. Logits that are not finite leave every figure null. Throws a RangeError on sizes that do not fit.
 */
export function multiLabelMetrics(
  logits: Float32Array | Float64Array,
  labels: ArrayLike<number>,
  classes: number,
): ClassificationMetrics {
  if (logits.length !== labels.length || logits.length % classes !== 0) {
    throw new RangeError(`${logits.length} logits and ${labels.length} labels are not rows of ${classes}`);
  }
  const total = logits.length;
  const n = total / classes;
  if (n === 0) return noMetrics('there are no samples');
  const bad = logits.findIndex((logit) => !Number.isFinite(logit));
  if (bad >= 0) return noMetrics(`sample ${Math.floor(bad / classes)} has a logit of ${logits[bad]}`);

  const confidence = new Float64Array(total);
  const correct = new Uint8Array(total);
  let loss = 0;
  for (let i = 0; i < total; i++) {
    const logit = logits[i]!;
    const present = labels[i] === 1;
    const tail = Math.log1p(Math.exp(-Math.abs(logit)));
    loss += tail + Math.max(0, present ? -logit : logit);
    correct[i] = logit > 0 === present ? 1 : 0;
    confidence[i] = 1 / (1 + Math.exp(-Math.abs(logit)));
  }
  const ofLabels = Array.from({ length: classes }, (_, c) =>
    labelFigures(logits, labels, correct, classes, c),
  );
  const counted = ofLabels.filter((figures) => figures !== null);
  const mean = (figure: (of: LabelFigures) => number): number | null =>
    counted.length === 0 ? null : counted.reduce((sum, of) => sum + figure(of), 0) / counted.length;
  const left = classes - counted.length;
  const why =
    left === 0
      ? undefined
      : counted.length === 0
        ? 'balanced accuracy and AUC need a label that some images have and others have not'
        : `${left} of ${classes} labels are the same in all samples and are left out of balanced accuracy and AUC`;
  return {
    loss: loss / total,
    accuracy: correct.reduce((sum, hit) => sum + hit, 0) / total,
    balancedAccuracy: mean(({ balancedAccuracy }) => balancedAccuracy),
    auc: mean(({ auc }) => auc),
    ece: expectedCalibrationError(confidence, correct),
    ...(why === undefined ? {} : { why }),
  };
}

interface LabelFigures {
  readonly balancedAccuracy: number;
  readonly auc: number;
}

/** Of label `c`; null where it is the same in all samples. */
function labelFigures(
  logits: Float32Array | Float64Array,
  labels: ArrayLike<number>,
  correct: Uint8Array,
  classes: number,
  c: number,
): LabelFigures | null {
  const n = logits.length / classes;
  const scores = Float64Array.from({ length: n }, (_, i) => logits[i * classes + c]!);
  const positive = Uint8Array.from({ length: n }, (_, i) => labels[i * classes + c]!);
  const auc = areaUnderCurve(scores, positive);
  if (auc === null) return null;
  const right = [0, 0];
  const samples = [0, 0];
  positive.forEach((label, i) => {
    samples[label]!++;
    right[label]! += correct[i * classes + c]!;
  });
  return { auc, balancedAccuracy: (right[0]! / samples[0]! + right[1]! / samples[1]!) / 2 };
}
