/** How well logits predict the class of an image: mean cross-entropy, accuracy, balanced accuracy, AUC and calibration error. */
import { indexOfLargest, logSumExp } from '../similarity/logits';
import { areaUnderCurve } from './areaUnderCurve';

export interface ClassificationMetrics {
  /** Mean cross-entropy in nats; of several labels an image, also over the labels. */
  readonly loss: number | null;
  readonly accuracy: number | null;
  /** Mean over the classes that occur of the share of their samples that is recognised (recall). */
  readonly balancedAccuracy: number | null;
  /** One class against the rest, mean over the classes that occur (macro). */
  readonly auc: number | null;
  /** Expected calibration error over 15 bins of the top probability. */
  readonly ece: number | null;
  /** Why a figure is null, or what was left out of one. */
  readonly why?: string;
}

const calibrationBins = 15;

/**
 * `logits` row-major `[n, classes]`, `labels` `[n]` in 0..classes-1; at equal logits the first class is the prediction.
 * Logits that are not finite leave every figure null. Throws a RangeError on sizes or labels that do not fit.
 */
export function classificationMetrics(
  logits: Float32Array | Float64Array,
  labels: ArrayLike<number>,
  classes: number,
): ClassificationMetrics {
  const n = labels.length;
  if (logits.length !== n * classes) {
    throw new RangeError(`${logits.length} logits are not ${n} samples of ${classes} classes`);
  }
  if (n === 0) return noMetrics('there are no samples');
  const bad = logits.findIndex((logit) => !Number.isFinite(logit));
  if (bad >= 0) return noMetrics(`sample ${Math.floor(bad / classes)} has a logit of ${logits[bad]}`);

  const probabilities = softmaxRows(logits, classes);
  const samples = new Float64Array(classes);
  const recognised = new Float64Array(classes);
  const confidence = new Float64Array(n);
  const correct = new Uint8Array(n);
  let loss = 0;
  for (let i = 0; i < n; i++) {
    const label = labels[i]!;
    if (!(Number.isInteger(label) && label >= 0 && label < classes)) {
      throw new RangeError(`label ${label} of sample ${i} is not one of ${classes} classes`);
    }
    const start = i * classes;
    const row = logits.subarray(start, start + classes);
    const predicted = indexOfLargest(row);
    loss += logSumExp(row) - row[label]!;
    samples[label]!++;
    confidence[i] = probabilities[start + predicted]!;
    if (predicted === label) {
      correct[i] = 1;
      recognised[label]!++;
    }
  }

  const occurring = samples.reduce((count, size) => count + (size > 0 ? 1 : 0), 0);
  const recalls = recognised.reduce((sum, hits, c) => sum + (samples[c]! > 0 ? hits / samples[c]! : 0), 0);
  const auc = macroAuc(probabilities, labels, samples);
  const absent = classes - occurring;
  const why =
    auc === null
      ? 'AUC needs samples of at least two classes'
      : absent > 0
        ? `${absent} of ${classes} classes have no sample and are left out of balanced accuracy and AUC`
        : undefined;
  return {
    loss: loss / n,
    accuracy: correct.reduce((sum, hit) => sum + hit, 0) / n,
    balancedAccuracy: recalls / occurring,
    auc,
    ece: expectedCalibrationError(confidence, correct),
    ...(why === undefined ? {} : { why }),
  };
}

/** Row-wise softmax in float64: `[n, classes]`. */
function softmaxRows(logits: Float32Array | Float64Array, classes: number): Float64Array {
  const probabilities = new Float64Array(logits.length);
  for (let start = 0; start < logits.length; start += classes) {
    const row = logits.subarray(start, start + classes);
    const logTotal = logSumExp(row);
    for (let c = 0; c < classes; c++) probabilities[start + c] = Math.exp(row[c]! - logTotal);
  }
  return probabilities;
}

/** Unweighted mean of the one-vs-rest areas of the classes that occur; null if fewer than two do. */
function macroAuc(
  probabilities: Float64Array,
  labels: ArrayLike<number>,
  samples: Float64Array,
): number | null {
  const classes = samples.length;
  const scores = new Float64Array(labels.length);
  const positive = new Uint8Array(labels.length);
  let sum = 0;
  let counted = 0;
  for (let c = 0; c < classes; c++) {
    for (let i = 0; i < labels.length; i++) {
      scores[i] = probabilities[i * classes + c]!;
      positive[i] = labels[i] === c ? 1 : 0;
    }
    const area = areaUnderCurve(scores, positive);
    if (area === null) continue;
    sum += area;
    counted++;
  }
  return counted === 0 ? null : sum / counted;
}

/**
 * Naeini, Cooper and Hauskrecht (2015): over 15 bins of equal width, (lower, upper], of the top probability, the
 * sample-weighted mean of |accuracy - mean confidence|.
 */
export function expectedCalibrationError(confidence: Float64Array, correct: Uint8Array): number {
  const gap = new Float64Array(calibrationBins);
  for (let i = 0; i < confidence.length; i++) {
    const bin = Math.min(calibrationBins, Math.max(1, Math.ceil(confidence[i]! * calibrationBins))) - 1;
    gap[bin]! += correct[i]! - confidence[i]!;
  }
  return gap.reduce((sum, difference) => sum + Math.abs(difference), 0) / confidence.length;
}

export function noMetrics(why: string): ClassificationMetrics {
  return { loss: null, accuracy: null, balancedAccuracy: null, auc: null, ece: null, why };
}
