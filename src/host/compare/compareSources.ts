/** What can be compared: the checkpoints and runs of the workspace, the bundled sample, and what was browsed for. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import type { CompareChoice, CompareSource, SourceKind } from '../../protocol/comparePanel';
import { readManifest } from '../../protocol/runFiles';
import { manifestFile } from '../../protocol/runs';
import { findCheckpoints, findData } from '../finetune/findInputs';
import type { Sample } from '../finetune/sample';
import { runName } from '../runs/runName';
import type { RunsStore } from '../runs/runsStore';

export const dumpEndings = ['.safetensors', '.npz', '.npy'];

export interface FoundSources {
  readonly sources: CompareSource[];
  readonly data: { readonly path: string; readonly name: string; readonly detail: string }[];
}

/** A file is a dump, a folder with a manifest is a run, any other folder is a checkpoint. */
export async function kindOf(file: string): Promise<SourceKind> {
  const exists = (name: string) =>
    stat(name).then(
      (found) => found,
      () => undefined,
    );
  if ((await exists(file))?.isFile()) return 'dump';
  return (await exists(path.join(file, manifestFile))) ? 'run' : 'checkpoint';
}

/** Where the images come from: dumps need none, runs have their own. `incomplete`: something is still to be chosen. */
export async function imagesOf({
  a,
  b,
  data,
}: CompareChoice): Promise<'none' | 'run' | 'chosen' | 'incomplete'> {
  if (a === undefined || b === undefined) return 'incomplete';
  const kinds = [await kindOf(a), await kindOf(b)];
  if (kinds.every((kind) => kind === 'dump')) return 'none';
  if (data !== undefined) return 'chosen';
  return kinds.includes('run') ? 'run' : 'incomplete';
}

/** `more`: paths that are offered although they were not found. */
export async function findSources(
  store: RunsStore,
  sample: Sample,
  more: { readonly sources: Iterable<string>; readonly data: Iterable<string> },
): Promise<FoundSources> {
  const [runs, checkpoints, data] = await Promise.all([store.list(), findCheckpoints(), findData()]);
  const found = new Map<string, CompareSource>();
  const started = new Set<string>();
  for (const { folder, name, summary } of runs) {
    if (!folder || !summary || summary.state === 'preparing') continue;
    const { settings, createdAt } = summary.manifest;
    started.add(settings.checkpoint);
    found.set(folder, {
      path: folder,
      kind: 'run',
      name,
      detail: new Date(createdAt).toLocaleString(),
      data: path.basename(settings.data),
    });
  }
  for (const folder of [...checkpoints, ...started, sample.checkpoint]) {
    if (!found.has(folder)) found.set(folder, sourceAt(folder, 'checkpoint'));
  }
  for (const file of more.sources) {
    if (!found.has(file)) found.set(file, await describe(file));
  }
  const sets = [...new Set([...data, ...more.data, sample.data])];
  return { sources: [...found.values()], data: sets.map((file) => ({ path: file, ...nameAt(file) })) };
}

async function describe(file: string): Promise<CompareSource> {
  const kind = await kindOf(file);
  const manifest = kind === 'run' ? await readManifest(file) : undefined;
  if (!manifest) return sourceAt(file, kind);
  const { settings } = manifest;
  return { ...sourceAt(file, kind), name: runName(settings), data: path.basename(settings.data) };
}

function sourceAt(file: string, kind: SourceKind): CompareSource {
  return { path: file, kind, ...nameAt(file) };
}

function nameAt(file: string): { name: string; detail: string } {
  return { name: path.basename(file), detail: vscode.workspace.asRelativePath(path.dirname(file)) };
}
