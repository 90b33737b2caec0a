/** What `repsim sharpness` can be told, besides the checkpoint and how it runs. Defaults are those of the settings. */
import type { Command } from 'commander';
import {
  hessianMethods,
  lossSplits,
  sharpnessMeasures,
  sharpnessSettings,
  traceMethods,
} from '../protocol/sharpness';
import { choice, integer, list, number, says, withDataOptions } from './options';

export function withSharpnessOptions(command: Command): Command {
  const sharpness = sharpnessSettings.shape;
  return withDataOptions(
    command
      .option('--data <path>', 'the images; default, for a run: its data')
      .addOption(choice('--split <name>', 'which of the images', sharpness.split, lossSplits))
      .option('--limit <n>', says('at most so many images, drawn by the seed', sharpness.limit), integer)
      .option(
        '--measures <ids>',
        says(`separated by commas: ${sharpnessMeasures.join(', ')}`, sharpness.measures),
        list,
      )
      .option(
        '--parameters <which>',
        says('all, backbone, or layers and parameters by names with * and ?', sharpness.parameters),
      )
      .optionsGroup('Curvature:')
      .option('--top <n>', says('number of eigenvalues', sharpness.top), integer)
      .option(
        '--products <n>',
        says('Hessian-vector products at most for the eigenvalues', sharpness.products),
        integer,
      )
      .addOption(
        choice('--hessian <how>', 'how Hessian-vector products are made', sharpness.hessian, hessianMethods),
      )
      .addOption(
        choice('--trace-method <name>', 'how the trace is estimated', sharpness.traceMethod, traceMethods),
      )
      .option('--probes <n>', says('Hessian-vector products for the trace', sharpness.probes), integer)
      .option(
        '--density-probes <n>',
        says('random starts of the spectral density', sharpness.densityProbes),
        integer,
      )
      .option('--density-steps <n>', says('products of each of them', sharpness.densitySteps), integer)
      .optionsGroup('Rise of the loss around the weights:')
      .option('--rho <x>', says('radius of the SAM ball', sharpness.rho), number)
      .option('--adaptive-rho <x>', says('radius of the adaptive SAM ball', sharpness.adaptiveRho), number)
      .option('--ascent-steps <n>', says('points of the ball that are tried', sharpness.ascentSteps), integer)
      .option('--restarts <n>', says('further ascents, from random directions', sharpness.restarts), integer)
      .option('--sigma <x>', says('deviation of the average case', sharpness.sigma), number)
      .option(
        '--adaptive-sigma <x>',
        says('deviation of the adaptive average case', sharpness.adaptiveSigma),
        number,
      )
      .option('--draws <n>', says('pairs of draws of the average case', sharpness.draws), integer),
  );
}
