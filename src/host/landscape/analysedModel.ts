/** A model whose loss is looked at: what it is called, which run it is of, and whether it brings its own images. */
import path from 'node:path';
import { stampOf } from '../../protocol/boundedFile';
import { readManifest } from '../../protocol/runFiles';
import { manifestFile } from '../../protocol/runs';
import { runName } from '../runs/runName';

export interface AnalysedModel {
  /** Run that the checkpoint is, or lies in as `<run>/checkpoints/<name>`. */
  readonly run: string | undefined;
  readonly name: string;
  /** Images that the run was finetuned on. */
  readonly data: string | undefined;
}

export async function analysedModel(checkpoint: string): Promise<AnalysedModel> {
  const run = await runOf(checkpoint);
  const manifest = run === undefined ? undefined : await readManifest(run);
  if (!run || !manifest) return { run, name: path.basename(checkpoint), data: undefined };
  const name = runName(manifest.settings);
  const { data } = manifest.settings;
  return { run, data, name: run === checkpoint ? name : `${name}, ${path.basename(checkpoint)}` };
}

async function runOf(checkpoint: string): Promise<string | undefined> {
  if (await stampOf(path.join(checkpoint, manifestFile))) return checkpoint;
  const parent = path.dirname(checkpoint);
  if (path.basename(parent) !== 'checkpoints') return undefined;
  const run = path.dirname(parent);
  return (await stampOf(path.join(run, manifestFile))) ? run : undefined;
}
