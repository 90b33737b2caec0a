/**
 * What can be wrong with a `repsim.json` that its schema cannot know: whether what it names is there, whether the model
 * has the blocks, and settings that its method does not read. Only looks: nothing that it names is run or read but the
 * config.json of the checkpoint.
 */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { findNodeAtLocation, getNodeValue, type Node, parseTree } from 'jsonc-parser';
import { readJson } from '../../protocol/boundedFile';
import { deeperThan } from '../../protocol/jsonDepth';
import { manifestFile, runManifest } from '../../protocol/runs';
import { deepestSettings } from '../../protocol/settingsFile';

export type ConfigurationProblem = {
  readonly offset: number;
  readonly length: number;
} & (
  | { readonly kind: 'missing'; readonly setting: string; readonly file: string }
  | { readonly kind: 'noCheckpoint'; readonly file: string }
  | { readonly kind: 'noBlock'; readonly block: number; readonly blocks: number }
  | { readonly kind: 'unread'; readonly setting: string; readonly method: string }
);

/** Longer texts are no settings. */
export const longestConfiguration = 1024 * 1024;
/** A config.json with a thousand class names has some 50 kB. */
const largestConfig = 8 * 1024 * 1024;
const pathSettings = ['checkpoint', 'data', 'oldData'] as const;
/** Settings of the RepSim term, which the other methods do not have. */
const termSettings = ['objective', 'rotation', 'layers', 'lambda', 'rotationLr'] as const;
/** Data sets that are known by name need no file of that name. */
const knownByName = /^[a-z]+mnist(3d)?([-_]?\d+)?$/i;

/** `folder`: that paths start from. In the order of the text; none where the text is no object. */
export async function checkConfiguration(text: string, folder: string): Promise<ConfigurationProblem[]> {
  if (text.length > longestConfiguration || deeperThan(deepestSettings, text)) return [];
  const root = parseTree(text, [], { allowTrailingComma: true });
  if (root?.type !== 'object') return [];
  const found = await Promise.all([
    ...pathSettings.map((setting) => checkPath(root, setting, folder)),
    checkBlocks(root, folder),
  ]);
  return [...found.flat(), ...unreadSettings(root)].sort((a, b) => a.offset - b.offset);
}

/** Files of weights, or their index. */
const weights = /\.(?:safetensors|bin|pt|pth|ckpt)(?:\.index\.json)?$/;
const checkpointFiles: readonly string[] = ['config.json', 'model.json', manifestFile];

async function checkPath(
  root: Node,
  setting: (typeof pathSettings)[number],
  folder: string,
): Promise<ConfigurationProblem[]> {
  const node = findNodeAtLocation(root, [setting]);
  const value: unknown = node && getNodeValue(node);
  if (!node || typeof value !== 'string' || value === '' || value.includes('\0')) return [];
  if (setting !== 'checkpoint' && knownByName.test(value)) return [];
  const file = path.resolve(folder, value);
  const place = { offset: node.offset, length: node.length };
  const there = await stat(file).catch(() => undefined);
  if (!there) return [{ ...place, kind: 'missing', setting, file }];
  if (setting !== 'checkpoint') return [];
  if (!there.isDirectory()) return weights.test(file) ? [] : [{ ...place, kind: 'noCheckpoint', file }];
  const names = await readdir(file).catch((): string[] => []);
  const known = names.some((name) => weights.test(name) || checkpointFiles.includes(name));
  return known ? [] : [{ ...place, kind: 'noCheckpoint', file }];
}

async function checkBlocks(root: Node, folder: string): Promise<ConfigurationProblem[]> {
  const layers = findNodeAtLocation(root, ['layers']);
  const checkpoint = findNodeAtLocation(root, ['checkpoint'])?.value;
  if (layers?.type !== 'array' || typeof checkpoint !== 'string' || checkpoint === '') return [];
  const blocks = await blocksOf(path.resolve(folder, checkpoint));
  if (blocks === undefined) return [];
  return (layers.children ?? []).flatMap(({ value, offset, length }): ConfigurationProblem[] =>
    Number.isInteger(value) && value >= blocks
      ? [{ kind: 'noBlock', block: value, blocks, offset, length }]
      : [],
  );
}

/** Blocks of the model: of a run those in its manifest, of a checkpoint what its config.json says; undefined where neither does. */
async function blocksOf(checkpoint: string): Promise<number | undefined> {
  const manifest = runManifest.safeParse(await readJson(path.join(checkpoint, manifestFile), largestConfig));
  if (manifest.success) {
    return manifest.data.model.layers.filter((layer) => /^block\.\d+$/.test(layer)).length || undefined;
  }
  const config = await readJson(path.join(checkpoint, 'config.json'), largestConfig);
  const blocks = (config as { num_hidden_layers?: unknown } | null | undefined)?.num_hidden_layers;
  return Number.isInteger(blocks) && (blocks as number) > 0 ? (blocks as number) : undefined;
}

function unreadSettings(root: Node): ConfigurationProblem[] {
  const method: unknown = findNodeAtLocation(root, ['method'])?.value;
  if (method !== 'full' && method !== 'linear') return [];
  return termSettings.flatMap((setting): ConfigurationProblem[] => {
    const property = findNodeAtLocation(root, [setting])?.parent;
    if (!property) return [];
    return [{ kind: 'unread', setting, method, offset: property.offset, length: property.length }];
  });
}
