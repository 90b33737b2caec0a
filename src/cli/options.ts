/** Options that several commands share, what their values are read by, and what help says of them. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type * as z from 'zod';
import { compareSamples, compareSettings, compareSplits } from '../protocol/compare';
import { volumeAxes } from '../protocol/dataSettings';
import { jobSettings } from '../protocol/jobSettings';
import { runtimeChoices } from '../protocol/runtime';
import { tasks } from '../protocol/tasks';

export const number = (text: string): number => {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('It must be a number.');
  return value;
};

export const integer = (text: string): number => {
  const value = number(text);
  if (!Number.isSafeInteger(value)) throw new InvalidArgumentError('It must be a whole number.');
  return value;
};

export const layers = (text: string): 'final' | 'all' | number[] => {
  if (text === 'final' || text === 'all') return text;
  if (!/^\d+(,\d+)*$/.test(text))
    throw new InvalidArgumentError('It must be final, all, or numbers of blocks such as 3,5.');
  return text.split(',').map(integer);
};

/** A policy by its name, or an object with each change by itself, which the schema checks. */
export const augmentation = (text: string): unknown => {
  if (!text.trimStart().startsWith('{')) return text;
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidArgumentError('It is not a valid JSON object.');
  }
};

export const list = (text: string): string[] => text.split(',').map((part) => part.trim());

const numbers = (text: string): number[] => text.split(',').map(number);

/** With the default that `setting` has, so that help is true. */
export function says(text: string, setting: z.ZodType): string {
  const { data } = setting.safeParse(undefined);
  return data === undefined ? text : `${text}; default: ${data}`;
}

/** One of the values of `choices`. */
export function choice(flags: string, text: string, setting: z.ZodType, choices: readonly string[]): Option {
  return new Option(flags, says(text, setting)).choices(choices);
}

export const dataKinds =
  'an .npz in MedMNIST layout, a CSV with the columns path and label, a folder of class folders, or a pulled MedMNIST set';

/** The options of commands that look at representations. */
export function withRepresentationOptions(command: Command): Command {
  const { split, samples } = compareSettings.shape;
  return withJobOptions(
    withDataOptions(
      command
        .option('--data <path>', `the images: ${dataKinds}`)
        .addOption(choice('--split <name>', 'which of the images', split, compareSplits))
        .addOption(choice('--samples <what>', 'what a row is', samples, compareSamples))
        .option('--layers <patterns>', 'names of layers with * and ?, separated by commas; default: all')
        .option('--limit <n>', 'at most so many images, drawn by the seed; default: all', integer),
    ),
  );
}

/** The options that say how data is read. */
export function withDataOptions(command: Command): Command {
  return command
    .optionsGroup('How the data is read:')
    .addOption(new Option('--task <name>', 'default: what the labels look like').choices(tasks))
    .option('--path-column <name>', 'column of a CSV with the files of the images; default: path, image, ...')
    .option('--label-columns <names>', 'column of a CSV with the class, or several of 0 and 1', list)
    .option('--group-by <column>', 'equal values stay on one side of the splits that are drawn')
    .option('--slices <n>', 'middle slices of a volume that become images; default: 1', integer)
    .addOption(new Option('--axis <name>', 'how volumes are cut; default: axial').choices(volumeAxes))
    .option('--window <centre,width>', 'grey values shown; default: as the file says', numbers);
}

const jobOptions = (): Option[] => [
  choice('--runtime <name>', 'what executes the programs', jobSettings.runtime, runtimeChoices),
  new Option('--seed <n>', says('seed of everything that is drawn', jobSettings.seed)).argParser(integer),
  new Option('--threads <n>', 'CPU threads; default: all cores').argParser(integer),
];

/** The options of every command that computes. */
export function withJobOptions(command: Command): Command {
  command.optionsGroup('How it runs:');
  for (const option of jobOptions()) command.addOption(option);
  return withJson(command);
}

/** `--json`; and, without a word in the help, what the command has no use for: a program may give the same options to every command. */
export function withJson(command: Command): Command {
  command.option('--json', 'print exactly one JSON object on stdout; all else goes to stderr');
  const taken = new Set(command.options.map(({ long }) => long));
  for (const option of jobOptions()) if (!taken.has(option.long)) command.addOption(option.hideHelp());
  return command;
}

/** Ends the help of a command with commands to start from. */
export function withExamples(command: Command, ...examples: readonly string[]): Command {
  return command.addHelpText('after', `\nExamples:\n${examples.map((line) => `  ${line}`).join('\n')}`);
}
