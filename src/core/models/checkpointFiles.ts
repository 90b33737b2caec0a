/** Which files a path to a checkpoint means: its config.json, if it has one, and its weights. */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { finalCheckpoint, lastCheckpoint, manifestFile } from '../../protocol/runs';
import { UserError } from '../errors';
import { reasonOf } from '../formats/fileErrors';
import { readJsonFile } from '../formats/jsonFile';
import { previousFolder } from '../formats/replaceFile';
import { openTensorFile } from '../formats/tensorFile';
import { openTensorShards } from '../formats/tensorShards';
import type { TensorSource } from '../formats/tensorSource';
import { openTfjsWeights } from '../formats/tfjsWeights';

export const configFile: string = 'config.json';
export const weightsFile = 'model.safetensors';
/** Topology and manifest of the weights of a LayersModel of tfjs. */
export const tfjsFile = 'model.json';
const torchFile = 'pytorch_model.bin';
const indexSuffix = '.index.json';

/** Files of weights by their endings; those that training code writes beside them are none. */
const weightsPattern = /\.(?:safetensors|bin|pt|pth|ckpt)$/;
const otherPattern =
  /^(?:training_args|training-state|optimizer|scheduler|scaler|rng_state.*|random_states.*)\./;

export interface CheckpointPlace {
  /** The folder, or the file of weights where one was named. Absolute, never a run. */
  readonly path: string;
  /** Where files beside the weights are. */
  readonly folder: string;
  readonly config: string | undefined;
  /** A file of weights, or the index of several. */
  readonly weights: string;
}

/** Whether a JSON file of this name is part of a checkpoint, and no repsim.json. */
export function isCheckpointJson(file: string): boolean {
  const name = path.basename(file);
  return name === configFile || name === tfjsFile || name.endsWith(indexSuffix);
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    throw new UserError(`The checkpoint ${folder} cannot be opened: ${reasonOf(error)}.`);
  }
}

/**
 * A folder with weights, or a file of weights with the config.json beside it, is itself; a run means its final checkpoint,
 * or the last one if it has no final one. Throws a UserError if the path is none of these.
 */
export async function locateCheckpoint(given: string): Promise<CheckpointPlace> {
  const place = path.resolve(given);
  const found = await stat(place).catch((error) => {
    throw new UserError(`The checkpoint ${place} cannot be opened: ${reasonOf(error)}.`);
  });
  if (!found.isDirectory()) return fileCheckpoint(place);
  const names = await namesIn(place);
  if (names.includes(configFile) || !names.includes(manifestFile)) return folderCheckpoint(place, names);
  const candidates = [finalCheckpoint, lastCheckpoint, previousFolder(lastCheckpoint)];
  for (const candidate of candidates.map((name) => path.join(place, name))) {
    const inside = await readdir(candidate).catch((): string[] => []);
    if (inside.includes(weightsFile) || inside.includes(tfjsFile)) return folderCheckpoint(candidate, inside);
  }
  throw new UserError(
    `The run ${place} has no checkpoint: if it goes on, wait until it has written one; if it stopped, resume it.`,
  );
}

async function fileCheckpoint(file: string): Promise<CheckpointPlace> {
  const folder = path.dirname(file);
  const names = await namesIn(folder);
  const name = path.basename(file);
  if (name === configFile) return folderCheckpoint(folder, names);
  if (name === tfjsFile) return { path: file, folder, config: file, weights: file };
  if (!weightsPattern.test(name.replace(indexSuffix, ''))) {
    throw new UserError(
      `${file} is no checkpoint. Give a folder with ${weightsFile} or ${tfjsFile}, a .safetensors, .bin, .pt or .pth file, or a run.`,
    );
  }
  return { path: file, folder, config: configIn(folder, names), weights: file };
}

function folderCheckpoint(folder: string, names: readonly string[]): CheckpointPlace {
  if (names.includes(tfjsFile) && !names.includes(configFile) && !names.includes(weightsFile)) {
    const file = path.join(folder, tfjsFile);
    return { path: folder, folder, config: file, weights: file };
  }
  return { path: folder, folder, config: configIn(folder, names), weights: weightsIn(folder, names) };
}

function configIn(folder: string, names: readonly string[]): string | undefined {
  return names.includes(configFile) ? path.join(folder, configFile) : undefined;
}

/** Throws a UserError if there are none, or several sets. */
function weightsIn(folder: string, names: readonly string[]): string {
  const weights: readonly string[] = names
    .filter((name) => weightsPattern.test(name) && !otherPattern.test(name))
    .sort();
  for (const ending of ['.safetensors', '']) {
    const standard: string = ending === '' ? torchFile : weightsFile;
    for (const name of [standard, standard + indexSuffix]) {
      if (names.includes(name)) return path.join(folder, name);
    }
    const others = weights.filter((name) => name.endsWith(ending));
    if (others.length === 1) return path.join(folder, others[0]!);
    if (others.length > 1) {
      throw new UserError(
        `${folder} has several files of weights (${others.slice(0, 5).join(', ')}). Name the one to use ${standard}, or give its path.`,
      );
    }
  }
  if (names.includes(configFile)) {
    throw new UserError(`${folder} has no weights: put its ${weightsFile} beside ${configFile}.`);
  }
  throw new UserError(
    `${folder} is no checkpoint: it has no weights. Give a folder with ${weightsFile} or ${tfjsFile}, a .safetensors, .bin, .pt or .pth file, or a run.`,
  );
}

/** Opens the weights of a checkpoint. Throws a UserError if they cannot be read. */
export async function openWeights({ weights }: CheckpointPlace): Promise<TensorSource> {
  if (path.basename(weights) === tfjsFile) return openTfjsWeights(await readJsonFile(weights));
  return weights.endsWith(indexSuffix) ? openTensorShards(weights) : openTensorFile(weights);
}
