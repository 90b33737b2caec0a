/** Which folder a path to a checkpoint means, and which of its files hold the weights. */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { finalCheckpoint, lastCheckpoint, manifestFile } from '../../protocol/runs';
import { UserError } from '../errors';
import { reasonOf } from '../formats/fileErrors';
import { previousFolder } from '../formats/replaceFile';
import { openSafetensors, type TensorSource } from '../formats/safetensors';
import { openSafetensorsShards } from '../formats/safetensorsShards';

export const configFile = 'config.json';
export const weightsFile = 'model.safetensors';
export const indexFile = 'model.safetensors.index.json';

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    throw new UserError(`The checkpoint ${folder} cannot be opened: ${reasonOf(error)}.`);
  }
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

/**
 * A checkpoint folder is itself; a run means its final checkpoint, or the last one if it has no final one.
 * Throws a UserError if the path is neither.
 */
export async function checkpointFolder(given: string): Promise<string> {
  const folder = path.resolve(given);
  const names = await namesIn(folder);
  if (names.includes(configFile)) return folder;
  if (!names.includes(manifestFile)) {
    throw new UserError(
      `${folder} is no checkpoint: it has no ${configFile}. Give a folder with ${configFile} and ${weightsFile}, or a run.`,
    );
  }
  const candidates = [finalCheckpoint, lastCheckpoint, previousFolder(lastCheckpoint)];
  for (const candidate of candidates.map((name) => path.join(folder, name))) {
    if (await exists(path.join(candidate, configFile))) return candidate;
  }
  throw new UserError(
    `The run ${folder} has no checkpoint yet. Wait until it has written one, or resume it.`,
  );
}

/** Opens the weights beside the config.json of `folder`. Throws a UserError if there are none, or several sets. */
export async function openWeights(folder: string): Promise<TensorSource> {
  const names = await namesIn(folder);
  if (names.includes(weightsFile)) return openSafetensors(path.join(folder, weightsFile));
  if (names.includes(indexFile)) return openSafetensorsShards(path.join(folder, indexFile));
  const others = names.filter((name) => name.endsWith('.safetensors')).sort();
  if (others.length === 1) return openSafetensors(path.join(folder, others[0]!));
  if (others.length > 1) {
    throw new UserError(
      `${folder} has several files of weights (${others.slice(0, 5).join(', ')}). Name the one to use ${weightsFile}.`,
    );
  }
  const pickle = names.find((name) => /\.(bin|pt|pth|ckpt)$/.test(name));
  throw new UserError(
    pickle === undefined
      ? `${folder} has no weights: ${weightsFile} is missing.`
      : `${folder} has its weights in ${pickle}, which is not read. Save them as ${weightsFile} (save_pretrained does).`,
  );
}
