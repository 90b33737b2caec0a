/** What the measures of sharpness and the axes of a landscape are, in a line each. */
import * as l10n from '@vscode/l10n';
import type { LandscapeAxes } from '../../src/protocol/landscape';
import type { SharpnessMeasure } from '../../src/protocol/sharpness';

export function explainMeasure(measure: SharpnessMeasure): readonly [term: string, meaning: string] {
  switch (measure) {
    case 'eigenvalues':
      return [
        l10n.t('Largest eigenvalues of the Hessian'),
        l10n.t('the curvature along its steepest directions (Lanczos).'),
      ];
    case 'trace':
      return [l10n.t('Trace of the Hessian'), l10n.t('the sum of all curvatures, with its standard error.')];
    case 'density':
      return [
        l10n.t('Spectral density of the Hessian'),
        l10n.t('how its eigenvalues are spread (stochastic Lanczos quadrature).'),
      ];
    case 'sam':
      return [
        l10n.t('SAM worst case'),
        l10n.t('the largest rise of the loss found within a ball of radius ρ around the weights.'),
      ];
    case 'asam':
      return [
        l10n.t('Adaptive SAM worst case'),
        l10n.t('as SAM, every weight moving in proportion to its size.'),
      ];
    case 'average':
      return [
        l10n.t('Average case'),
        l10n.t('mean rise of the loss under normal noise of deviation σ on every weight.'),
      ];
    case 'average-adaptive':
      return [
        l10n.t('Adaptive average case'),
        l10n.t('as the average case, the noise in proportion to the size of every weight.'),
      ];
    case 'layers':
      return [
        l10n.t('Curvature of every layer by itself'),
        l10n.t('trace and largest eigenvalue of the part of the Hessian that belongs to the layer.'),
      ];
  }
}

export function explainAxes(axes: LandscapeAxes): string {
  switch (axes) {
    case 'random':
      return l10n.t(
        'Random directions, filter-normalised; the same draws for every model, each in units of its own weights.',
      );
    case 'interpolate':
      return l10n.t('From the first checkpoint (0) to the second (1), and to the third on the other axis.');
    case 'hessian':
      return l10n.t('The eigenvectors with the largest curvature of each model, of length 1.');
    case 'trajectory':
      return l10n.t('Principal components of the checkpoints that a run kept.');
  }
}
