/** Entry of the `repsim` command: reads the arguments and hands over to one file a command. */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { version } from '../../package.json';
import { augmentationPresets } from '../protocol/augmentation';
import { compareSamples, compareSplits, defaultMeasure } from '../protocol/compare';
import { volumeAxes } from '../protocol/dataSettings';
import { landscapeAxes } from '../protocol/landscape';
import { runtimeChoices } from '../protocol/runtime';
import { classWeightings, methods, objectives, rotations, samplings } from '../protocol/settings';
import { hessianMethods, lossSplits, sharpnessMeasures, traceMethods } from '../protocol/sharpness';
import { tasks } from '../protocol/tasks';
import { type CompareOptions, compareCommand } from './compare';
import {
  type InspectCommandOptions,
  inspectCommand,
  listCommand,
  type PullCommandOptions,
  pullCommand,
} from './dataset';
import { type DemoOptions, demo } from './demo';
import { type FeaturesOptions, featuresCommand } from './features';
import { type FinetuneOptions, finetuneCommand } from './finetune';
import { type InstallOptions, installCommand, removeCommand } from './installRuntime';
import { type JobOptions, runJob } from './job';
import { type LandscapeOptions, landscapeCommand } from './landscape';
import { outliveOutput } from './outputErrors';
import { type ReportOptions, reportCommand } from './report';
import { type LinkOptions, linkCommand, type RuntimesOptions, runtimesCommand } from './runtimes';
import { type SharpnessOptions, sharpnessCommand } from './sharpness';

const number = (text: string): number => {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('It must be a number.');
  return value;
};

const integer = (text: string): number => {
  const value = number(text);
  if (!Number.isSafeInteger(value)) throw new InvalidArgumentError('It must be a whole number.');
  return value;
};

const layers = (text: string): 'final' | 'all' | number[] => {
  if (text === 'final' || text === 'all') return text;
  if (!/^\d+(,\d+)*$/.test(text))
    throw new InvalidArgumentError('It must be final, all, or numbers of blocks such as 3,5.');
  return text.split(',').map(integer);
};

/** A policy by its name, or an object with each change by itself, which the schema checks. */
const augmentation = (text: string): unknown => {
  if (!text.trimStart().startsWith('{')) return text;
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidArgumentError('It is not a valid JSON object.');
  }
};

const numbers = (text: string): number[] => text.split(',').map(number);

const list = (text: string): string[] => text.split(',').map((part) => part.trim());

/** The options of commands that look at representations. */
function withRepresentationOptions(command: Command): Command {
  return withDataOptions(withJobOptions(command))
    .option('--data <path>', `the images: ${dataKinds}`)
    .addOption(new Option('--split <name>', 'which of the images; default: test').choices(compareSplits))
    .addOption(new Option('--samples <what>', 'what a row is; default: cls').choices(compareSamples))
    .option('--layers <patterns>', 'names of layers with * and ?, separated by commas; default: all')
    .option('--limit <n>', 'at most so many images, drawn by the seed', integer);
}

const dataKinds =
  'an .npz in MedMNIST layout, a CSV with the columns path and label, a folder of class folders, or a pulled MedMNIST set';

/** The options that say how data is read. */
function withDataOptions(command: Command): Command {
  return command
    .addOption(new Option('--task <name>', 'default: what the labels look like').choices(tasks))
    .option('--group-by <column>', 'equal values stay on one side of the splits that are drawn')
    .option('--slices <n>', 'middle slices of a volume that become images; default: 1', integer)
    .addOption(new Option('--axis <name>', 'how volumes are cut; default: axial').choices(volumeAxes))
    .option('--window <centre,width>', 'grey values shown; default: as the file says', numbers);
}

/** The options that every command takes. */
function withJobOptions(command: Command): Command {
  return command
    .addOption(new Option('--runtime <name>', 'what executes the programs').choices(runtimeChoices))
    .option('--seed <n>', 'seed of everything that is drawn', integer)
    .option('--threads <n>', 'CPU threads; default: all cores', integer)
    .option('--json', 'print exactly one JSON object on stdout');
}

function program(): Command {
  const repsim = new Command('repsim')
    .description('Finetune a pretrained vision model and keep its representation.')
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => process.stdout.write(text),
      writeErr: (text) => process.stderr.write(text),
    });

  withJobOptions(repsim.command('demo'))
    .description(
      'the main job on the bundled sample: full finetuning and RepSim from the same start, compared',
    )
    .option('--out <folder>', 'where the report is written', '.repsim/demo')
    .action((options: DemoOptions & JobOptions) => runJob(options, (job) => demo(options, job)));

  withDataOptions(withJobOptions(repsim.command('finetune')))
    .description('finetune CHECKPOINT on DATA; or take all of it from a repsim.json')
    .argument('[checkpoint]', 'folder or file of a checkpoint, a run, or a repsim.json')
    .option('--data <path>', dataKinds)
    .option('--old-data <path>', 'data of the pretraining task, for k-NN accuracy before and after')
    .option('--per-class <n>', 'train on so many images of every class only', integer)
    .addOption(new Option('--sampling <how>', 'balanced: all classes equally often').choices(samplings))
    .addOption(
      new Option('--class-weights <how>', 'balanced: rare classes weigh more').choices(classWeightings),
    )
    .addOption(new Option('--method <name>').choices(methods))
    .addOption(new Option('--objective <name>', 'what RepSim matches').choices(objectives))
    .addOption(new Option('--rotation <name>', 'the orthogonal map of RepSim').choices(rotations))
    .option('--layers <which>', 'layers that RepSim keeps: final, all, or indices such as 3,5', layers)
    .option('--lambda <x>', 'weight of the RepSim term', number)
    .option('--epochs <n>', 'passes over the training images', integer)
    .option('--batch <n>', 'images a step', integer)
    .option('--lr <x>', 'peak learning rate', number)
    .option('--rotation-lr <x>', 'learning rate of the learned rotation', number)
    .option('--weight-decay <x>', 'on matrices and filters only', number)
    .option('--warmup <part>', 'part of the steps with a rising learning rate', number)
    .option('--clip <x>', 'largest norm of the gradient', number)
    .option('--label-smoothing <x>', 'probability spread over all classes', number)
    .option(
      '--augment <how>',
      `seen equally by both networks: ${augmentationPresets.join(', ')}, or a JSON object such as {"rotation": 15}`,
      augmentation,
    )
    .option('--mixup <alpha>', 'mix images in pairs by a share from Beta(alpha, alpha)', number)
    .option('--cutmix <alpha>', 'paste rectangles of other images, by Beta(alpha, alpha)', number)
    .option('--keep-checkpoints <epochs>', 'keep the weights after every so many epochs', integer)
    .option('--probe-every <steps>', 'steps between two measurements of the drift', integer)
    .option('--probe-size <n>', 'validation images on which the drift is measured', integer)
    .option('--sharpness-size <n>', 'images on which the sharpness is measured', integer)
    .option('--out <folder>', 'folder of the run; default: .repsim/runs/<id>')
    .option('--resume <run>', 'go on with a run that was stopped')
    .action((checkpoint: string | undefined, options: FinetuneOptions & JobOptions) =>
      runJob(options, (job) => finetuneCommand(checkpoint, options, job)),
    );

  withRepresentationOptions(repsim.command('compare'))
    .description('how alike the layers of A and B are: checkpoints, runs, or dumps of activations')
    .argument('<a>', 'checkpoint, run, or .npz, .npy or .safetensors with one [n, d] array a layer')
    .argument('[b]', 'as A; default, where A is a run: the checkpoint that it started from')
    .option('--measures <ids>', `separated by commas; default: ${defaultMeasure}`, list)
    .action((a: string, b: string | undefined, options: CompareOptions) =>
      runJob(options, (job) => compareCommand(a, b, options, job)),
    );

  withRepresentationOptions(repsim.command('features'))
    .description('write the representations of every layer to a file')
    .argument('<checkpoint>', 'folder or file of a checkpoint, or a run')
    .option('--out <file>', 'a .safetensors or .npz file')
    .action((checkpoint: string, options: FeaturesOptions) =>
      runJob(options, (job) => featuresCommand(checkpoint, options, job)),
    );
  withDataOptions(withJobOptions(repsim.command('sharpness')))
    .description('curvature and sharpness of the loss around CHECKPOINT')
    .argument('<checkpoint>', 'folder or file of a checkpoint, or a run')
    .option('--data <path>', 'the images; default, for a run: its data')
    .addOption(new Option('--split <name>', 'which of the images; default: test').choices(lossSplits))
    .option('--limit <n>', 'at most so many images, drawn by the seed; default: 512', integer)
    .option('--measures <ids>', `${sharpnessMeasures.join(', ')}, separated by commas`, list)
    .option('--parameters <which>', 'all, backbone, or layers and parameters by names with * and ?')
    .option('--top <n>', 'number of eigenvalues; default: 3', integer)
    .option('--products <n>', 'Hessian-vector products at most for the eigenvalues', integer)
    .addOption(new Option('--hessian <how>', 'how Hessian-vector products are made').choices(hessianMethods))
    .addOption(new Option('--trace-method <name>').choices(traceMethods))
    .option('--probes <n>', 'Hessian-vector products for the trace', integer)
    .option('--density-probes <n>', 'random starts of the spectral density', integer)
    .option('--density-steps <n>', 'products of each of them', integer)
    .option('--rho <x>', 'radius of the SAM ball; default: 0.05', number)
    .option('--adaptive-rho <x>', 'radius of the adaptive SAM ball; default: 0.5', number)
    .option('--ascent-steps <n>', 'points of the ball that are tried; default: 5', integer)
    .option('--restarts <n>', 'further ascents, from random directions', integer)
    .option('--sigma <x>', 'deviation of the average case; default: 0.005', number)
    .option('--adaptive-sigma <x>', 'deviation of the adaptive average case; default: 0.05', number)
    .option('--draws <n>', 'pairs of draws of the average case', integer)
    .action((checkpoint: string, options: SharpnessOptions & JobOptions) =>
      runJob(options, (job) => sharpnessCommand(checkpoint, options, job)),
    );

  withDataOptions(withJobOptions(repsim.command('landscape')))
    .description('the loss around CHECKPOINT, or between several: a slice (1) or a plane (2)')
    .argument('<checkpoint...>', 'checkpoints or runs')
    .option('--data <path>', 'the images; default, for a run: its data')
    .option('--splits <names>', `${lossSplits.join(', ')}, separated by commas; default: test`, list)
    .option('--limit <n>', 'at most so many images of a split, drawn by the seed; default: 512', integer)
    .option('--dims <n>', '1 or 2; default: 1', integer)
    .addOption(new Option('--axes <kind>', 'what the axes are; default: random').choices(landscapeAxes))
    .option('--steps <n>', 'points an axis; default: 41 of a slice, 21 of a plane', integer)
    .option(
      '--range <x>',
      'random: times the weights (1), hessian: distance (0.5), else the margin around the checkpoints (0.25)',
      number,
    )
    .action((checkpoints: string[], options: LandscapeOptions & JobOptions) =>
      runJob(options, (job) => landscapeCommand(checkpoints, options, job)),
    );

  const dataset = repsim
    .command('dataset')
    .description('MedMNIST by name; what a folder, table or file holds');
  const json = ['--json', 'print exactly one JSON object on stdout'] as const;
  dataset
    .command('list')
    .description('the data sets of MedMNIST, with task, classes, sizes and licence')
    .option(...json)
    .action((options: Pick<JobOptions, 'json'>) => runJob(options, listCommand));
  dataset
    .command('pull')
    .description('download a data set of MedMNIST; a broken download goes on where it stopped')
    .argument('<name>', 'such as bloodmnist')
    .option('--size <pixels>', '28, 64, 128 or 224; of volumes 28 or 64; default: 28', integer)
    .option('--out <folder>', 'default: ~/.medmnist, where DATA is looked for by its name')
    .option('--url <address>', 'a mirror; default: REPSIM_MEDMNIST_URL, else zenodo.org')
    .option(...json)
    .action((name: string, options: PullCommandOptions & Pick<JobOptions, 'json'>) =>
      runJob(options, (job) => pullCommand(name, options, job)),
    );
  withDataOptions(dataset.command('inspect'))
    .description('splits, classes, sizes, duplicates and what cannot be read, before anything is trained')
    .argument('<data>', dataKinds)
    .option('--checkpoint <checkpoint>', 'tell what it makes of the images before it sees them')
    .option('--seed <n>', 'draws the splits that the data does not make', integer)
    .option(...json)
    .action((data: string, options: InspectCommandOptions & Pick<JobOptions, 'json'>) =>
      runJob(options, (job) => inspectCommand(data, options, job)),
    );

  repsim
    .command('report')
    .description('one self-contained HTML file about runs; the others are compared with the first')
    .argument('<run...>', 'folders of runs')
    .option('--out <file>', 'where the report is written', 'report.html')
    .option('--json', 'print exactly one JSON object on stdout')
    .action((runs: string[], options: ReportOptions & Pick<JobOptions, 'json'>) =>
      runJob(options, (job) => reportCommand(runs, options, job)),
    );

  const runtimes = repsim
    .command('runtimes')
    .description('what can execute the computations here, which one "auto" takes, and why not the others')
    .option('--refresh', 'try all again instead of telling what is known')
    .option('--json', 'print exactly one JSON object on stdout')
    .action((options: RuntimesOptions) => runJob(options, (job) => runtimesCommand(options, job)));
  runtimes
    .command('link')
    .description('make the TensorFlow of a Python the runtime "tensorflow"; needs a C++ compiler')
    .option('--python <path>', 'the interpreter, such as venv/bin/python')
    .action((_options: object, command: Command) => {
      // --json may stand before or after the name.
      const options = command.optsWithGlobals<LinkOptions>();
      return runJob(options, (job) => linkCommand(options, job));
    });
  runtimes
    .command('install')
    .description('fetch libraries of ONNX Runtime for CUDA; needs the network, or the archive as a file')
    .argument('<name>', 'onnx-cuda13 or onnx-cuda12, by the CUDA of the machine')
    .option('--file <path>', 'the archive, downloaded before')
    .action((name: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<InstallOptions>();
      return runJob(options, (job) => installCommand(name, options, job));
    });
  runtimes
    .command('remove')
    .description('remove what was installed or linked')
    .argument('<name>', 'onnx-cuda13, onnx-cuda12 or tensorflow-python')
    .action((name: string, _options: object, command: Command) =>
      runJob(command.optsWithGlobals(), (job) => removeCommand(name, job)),
    );
  return repsim;
}

async function main(): Promise<void> {
  outliveOutput();
  try {
    await program().parseAsync();
  } catch (error) {
    // Commander has printed what was wrong; help and version end with code 0.
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
    else throw error;
  }
}

void main();
