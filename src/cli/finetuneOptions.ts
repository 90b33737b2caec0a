/** What `repsim finetune` can be told, besides the checkpoint and how it runs. Defaults are those of the settings. */
import type { Command } from 'commander';
import { augmentationPresets } from '../protocol/augmentation';
import {
  classWeightings,
  finetuneSettings,
  methods,
  objectives,
  rotations,
  samplings,
} from '../protocol/settings';
import { augmentation, choice, dataKinds, integer, layers, number, says, withDataOptions } from './options';

export function withFinetuneOptions(command: Command): Command {
  const training = finetuneSettings.shape;
  return withDataOptions(
    command
      .option('--data <path>', dataKinds)
      .option('--old-data <path>', 'data of the pretraining task, for k-NN accuracy before and after')
      .option('--out <folder>', 'folder of the run; default: .repsim/runs/<id>')
      .option('--resume <run>', 'go on with a run that was stopped')
      .optionsGroup('Method:')
      .addOption(
        choice(
          '--method <name>',
          'full: all weights; linear: the head; repsim: all weights, representation kept',
          training.method,
          methods,
        ),
      )
      .option(
        '--lambda <x>',
        says('weight of the RepSim term; 0.3 keeps more of the representation', training.lambda),
        number,
      )
      .addOption(choice('--objective <name>', 'what RepSim matches', training.objective, objectives))
      .addOption(choice('--rotation <name>', 'the orthogonal map of RepSim', training.rotation, rotations))
      .option('--rotation-lr <x>', says('learning rate of the learned rotation', training.rotationLr), number)
      .option(
        '--layers <which>',
        says('layers that RepSim keeps: final, all, or indices such as 3,5', training.layers),
        layers,
      )
      .optionsGroup('Training:')
      .option('--epochs <n>', says('passes over the training images', training.epochs), integer)
      .option('--batch <n>', says('images a step', training.batch), integer)
      .option('--lr <x>', 'peak learning rate; default: by the width of the model', number)
      .option('--weight-decay <x>', says('on matrices and filters only', training.weightDecay), number)
      .option(
        '--warmup <part>',
        says('part of the steps with a rising learning rate', training.warmup),
        number,
      )
      .option('--clip <x>', says('largest norm of the gradient; 0: any', training.clip), number)
      .option(
        '--label-smoothing <x>',
        says('probability spread over all classes', training.labelSmoothing),
        number,
      )
      .optionsGroup('Images that are trained on:')
      .option('--per-class <n>', 'only so many of every class; default: all', integer)
      .addOption(
        choice('--sampling <how>', 'balanced: all classes equally often', training.sampling, samplings),
      )
      .addOption(
        choice(
          '--class-weights <how>',
          'balanced: rare classes weigh more',
          training.classWeights,
          classWeightings,
        ),
      )
      .option(
        '--augment <how>',
        says(
          `seen equally by both networks: ${augmentationPresets.join(', ')}, or a JSON object such as {"rotation": 15}`,
          training.augment,
        ),
        augmentation,
      )
      .option(
        '--mixup <alpha>',
        says('mix images in pairs by a share from Beta(alpha, alpha); 0: not', training.mixup),
        number,
      )
      .option(
        '--cutmix <alpha>',
        says('paste rectangles of other images, by Beta(alpha, alpha); 0: not', training.cutmix),
        number,
      )
      .optionsGroup('What is measured and kept:')
      .option(
        '--probe-every <steps>',
        'steps between two measurements of the drift; default: 40 measurements a run',
        integer,
      )
      .option(
        '--probe-size <n>',
        says('validation images on which the drift is measured', training.probeSize),
        integer,
      )
      .option(
        '--sharpness-size <n>',
        says('images on which the sharpness is measured', training.sharpnessSize),
        integer,
      )
      .option(
        '--keep-checkpoints <epochs>',
        'keep the weights after every so many epochs; default: the last ones',
        integer,
      ),
  );
}
