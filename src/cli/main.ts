/** Entry of the `repsim` command: reads the arguments and hands over to one file a command. */
import { Command, CommanderError } from 'commander';
import { version } from '../../package.json';
import { measures } from '../core/similarity/measures';
import { compareSettings } from '../protocol/compare';
import { landscapeAxes, landscapeSettings } from '../protocol/landscape';
import { lossSplits } from '../protocol/sharpness';
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
import { withFinetuneOptions } from './finetuneOptions';
import { type InstallOptions, installCommand, removeCommand } from './installRuntime';
import { type JobOptions, runJob } from './job';
import { type LandscapeOptions, landscapeCommand } from './landscape';
import {
  choice,
  dataKinds,
  integer,
  list,
  number,
  says,
  withDataOptions,
  withExamples,
  withJobOptions,
  withJson,
  withRepresentationOptions,
} from './options';
import { outliveOutput } from './outputErrors';
import { type ReportOptions, reportCommand } from './report';
import { type LinkOptions, linkCommand, type RuntimesOptions, runtimesCommand } from './runtimes';
import { type SharpnessOptions, sharpnessCommand } from './sharpness';
import { withSharpnessOptions } from './sharpnessOptions';

function program(): Command {
  const repsim = new Command('repsim')
    .description('Finetune a pretrained vision model and keep its representation.')
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => process.stdout.write(text),
      writeErr: (text) => process.stderr.write(text),
    });

  withJobOptions(
    repsim
      .command('demo')
      .description(
        'the main job on the bundled sample: full finetuning and RepSim from the same start, compared',
      )
      .option('--out <folder>', 'where the report is written', '.repsim/demo'),
  ).action((options: DemoOptions & JobOptions) => runJob(options, (job) => demo(options, job)));

  withExamples(
    withJobOptions(
      withFinetuneOptions(
        repsim
          .command('finetune')
          .description('finetune CHECKPOINT on DATA; or take all of it from a repsim.json')
          .argument('[checkpoint]', 'folder or file of a checkpoint, a run, or a repsim.json'),
      ),
    ),
    'repsim finetune vit/ --data photos/ --method repsim --lambda 0.1',
    'repsim finetune model.pth --data table.csv --group-by patient --augment medical',
    'repsim finetune repsim.json --epochs 5',
    'repsim finetune --resume .repsim/runs/ID',
  ).action((checkpoint: string | undefined, options: FinetuneOptions & JobOptions) =>
    runJob(options, (job) => finetuneCommand(checkpoint, options, job)),
  );

  withExamples(
    withRepresentationOptions(
      repsim
        .command('compare')
        .description('how alike the layers of A and B are: checkpoints, runs, or dumps of activations')
        .argument('<a>', 'checkpoint, run, or .npz, .npy or .safetensors with one [n, d] array a layer')
        .argument('[b]', 'as A; default, where A is a run: the checkpoint that it started from')
        .option(
          '--measures <ids>',
          says(
            `separated by commas: ${measures.map(({ id }) => id).join(', ')}`,
            compareSettings.shape.measures,
          ),
          list,
        ),
    ),
    'repsim compare .repsim/runs/ID',
    'repsim compare vit/ dump.npz --data photos/ --measures cka-debiased,procrustes',
  ).action((a: string, b: string | undefined, options: CompareOptions) =>
    runJob(options, (job) => compareCommand(a, b, options, job)),
  );

  withExamples(
    withRepresentationOptions(
      repsim
        .command('features')
        .description('write the representations of every layer to a file')
        .argument('<checkpoint>', 'folder or file of a checkpoint, or a run')
        .option('--out <file>', 'a .safetensors or .npz file'),
    ),
    'repsim features vit/ --data photos/ --split all --out layers.safetensors',
  ).action((checkpoint: string, options: FeaturesOptions) =>
    runJob(options, (job) => featuresCommand(checkpoint, options, job)),
  );

  withExamples(
    withJobOptions(
      withSharpnessOptions(
        repsim
          .command('sharpness')
          .description('curvature and sharpness of the loss around CHECKPOINT')
          .argument('<checkpoint>', 'folder or file of a checkpoint, or a run'),
      ),
    ),
    'repsim sharpness .repsim/runs/ID --split train',
    'repsim sharpness vit/ --data photos/ --measures eigenvalues,sam --limit 128',
  ).action((checkpoint: string, options: SharpnessOptions & JobOptions) =>
    runJob(options, (job) => sharpnessCommand(checkpoint, options, job)),
  );

  const plane = landscapeSettings.shape;
  withExamples(
    withJobOptions(
      withDataOptions(
        repsim
          .command('landscape')
          .description('the loss around CHECKPOINT, or between several: a slice (1) or a plane (2)')
          .argument('<checkpoint...>', 'checkpoints or runs')
          .option('--data <path>', 'the images; default, for a run: its data')
          .option(
            '--splits <names>',
            says(`separated by commas: ${lossSplits.join(', ')}`, plane.splits),
            list,
          )
          .option(
            '--limit <n>',
            says('at most so many images of a split, drawn by the seed', plane.limit),
            integer,
          )
          .option('--dims <n>', says('1 or 2', plane.dims), integer)
          .addOption(choice('--axes <kind>', 'what the axes are', plane.axes, landscapeAxes))
          .option('--steps <n>', 'points an axis; default: 41 of a slice, 21 of a plane', integer)
          .option(
            '--range <x>',
            'random: times the weights (1), hessian: distance (0.5), else the margin around the checkpoints (0.25)',
            number,
          ),
      ),
    ),
    'repsim landscape .repsim/runs/ID --dims 2',
    'repsim landscape .repsim/runs/A .repsim/runs/B --axes interpolate',
  ).action((checkpoints: string[], options: LandscapeOptions & JobOptions) =>
    runJob(options, (job) => landscapeCommand(checkpoints, options, job)),
  );

  const dataset = repsim
    .command('dataset')
    .description('MedMNIST by name; what a folder, table or file holds');
  withJson(
    dataset.command('list').description('the data sets of MedMNIST, with task, classes, sizes and licence'),
  ).action((options: Pick<JobOptions, 'json'>) => runJob(options, listCommand));
  withJson(
    dataset
      .command('pull')
      .description('download a data set of MedMNIST; a broken download goes on where it stopped')
      .argument('<name>', 'such as bloodmnist')
      .option('--size <pixels>', '28, 64, 128 or 224; of volumes 28 or 64; default: 28', integer)
      .option('--out <folder>', 'default: ~/.medmnist, where DATA is looked for by its name')
      .option('--url <address>', 'a mirror; default: REPSIM_MEDMNIST_URL, else zenodo.org'),
  ).action((name: string, options: PullCommandOptions & Pick<JobOptions, 'json'>) =>
    runJob(options, (job) => pullCommand(name, options, job)),
  );
  withDataOptions(
    withJson(
      dataset
        .command('inspect')
        .description('splits, classes, sizes, duplicates and what cannot be read, before anything is trained')
        .argument('<data>', dataKinds)
        .option('--checkpoint <checkpoint>', 'tell what it makes of the images before it sees them')
        .option('--seed <n>', 'draws the splits that the data does not make; default: 0', integer),
    ),
  ).action((data: string, options: InspectCommandOptions & Pick<JobOptions, 'json'>) =>
    runJob(options, (job) => inspectCommand(data, options, job)),
  );

  withJson(
    repsim
      .command('report')
      .description('one self-contained HTML file about runs; the others are compared with the first')
      .argument('<run...>', 'folders of runs')
      .option('--out <file>', 'where the report is written', 'report.html'),
  ).action((runs: string[], options: ReportOptions & Pick<JobOptions, 'json'>) =>
    runJob(options, (job) => reportCommand(runs, options, job)),
  );

  const runtimes = withJson(
    repsim
      .command('runtimes')
      .description('what can execute the computations here, which one "auto" takes, and why not the others')
      .option('--refresh', 'try all again instead of telling what is known'),
  ).action((options: RuntimesOptions) => runJob(options, (job) => runtimesCommand(options, job)));
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
    if (!(error instanceof CommanderError)) throw error;
    // Commander has printed what was wrong. Help and version end with code 0, unless they could not be written.
    if (error.exitCode !== 0) process.exitCode = 2;
  }
}

void main();
