/** Matches the tensors of a file with a table of those that a network needs, and keeps what is needed to write them back. */
import { UserError } from '../../errors';
import type { SafetensorsDType } from '../../formats/safetensorsHeader';
import type { TensorEntry } from '../../formats/tensorSource';
import type { VisionModel } from '../model';
import type { CheckpointFiles, StoredTensor, UnderstoodLayout } from './layout';
import { checkNames, checkShapes, floatDTypes } from './tensorChecks';

/**
 * A network and the stored tensors of each of its parameters. Their names are keys: the layout's own names, free of what
 * one file or another puts before them.
 */
export interface NetworkTable {
  readonly model: VisionModel;
  readonly parts: ReadonlyMap<string, readonly StoredTensor[]>;
}

/** The tensors of a file by key. Throws a UserError if two have the same key. */
export function tensorsByKey(
  { entries, path }: CheckpointFiles,
  keyOf: (name: string) => string,
): ReadonlyMap<string, TensorEntry> {
  const found = new Map<string, TensorEntry>();
  for (const entry of entries.values()) {
    const key = keyOf(entry.name);
    const other = found.get(key);
    if (other !== undefined) {
      throw new UserError(`${path} holds ${key} twice: as ${other.name} and as ${entry.name}. Remove one.`);
    }
    found.set(key, entry);
  }
  return found;
}

/** Rows of the head called `key`; 0 if the file has none. */
export function headRows(found: ReadonlyMap<string, TensorEntry>, key: string): number {
  return found.get(`${key}.weight`)?.shape[0] ?? (found.has(`${key}.bias`) ? 1 : 0);
}

export interface TableLayout
  extends Pick<UnderstoodLayout, 'hasClasses' | 'architecture' | 'config' | 'facts' | 'notes'> {
  /** What the layout is called, for messages. */
  readonly layout: string;
  readonly files: CheckpointFiles;
  /** As `tensorsByKey` gives them. */
  readonly found: ReadonlyMap<string, TensorEntry>;
  /** The network as the file has it. */
  readonly network: NetworkTable;
  /** Keys that the layout knows and does not need. */
  readonly optional: (key: string) => boolean;
  /** The name of a key that the file does not have: of a new head. */
  readonly nameOf: (key: string) => string;
  /** Whether every tensor takes the name that `nameOf` gives when a file without a head gets one. */
  readonly renames?: boolean;
  /** The network with a head for so many classes, and what changes with it. */
  readonly withClasses: (classes: number) => NetworkTable;
  /** What the layout says of itself once it has a head with classes of its own. */
  readonly headed?: Pick<UnderstoodLayout, 'config'>;
}

/** Throws a UserError if a tensor is missing, unknown, or not of the shape or dtype that the network wants. */
export function understandTable(layout: TableLayout): UnderstoodLayout {
  const { files, found, network, optional } = layout;
  const wanted = [...network.parts.values()].flat();
  const configPath = files.config?.path;
  checkNames({ path: files.path, configPath, layout: layout.layout }, found, wanted, optional);
  checkShapes({ path: files.path, configPath, layout: layout.layout }, found, wanted);
  const own = (key: string): string => found.get(key)?.name ?? layout.nameOf(key);
  return described(
    { ...layout, notes: [...(layout.notes ?? []), ...dtypeNotes(layout)] },
    network,
    own,
    layout,
  );
}

function described(
  layout: TableLayout,
  { model, parts }: NetworkTable,
  nameOf: (key: string) => string,
  said: Pick<UnderstoodLayout, 'hasClasses' | 'config'>,
): UnderstoodLayout {
  const { found, architecture, facts, notes } = layout;
  const newDType = mostFrequentDType(layout.network, found);
  const used = new Set<string>();
  const stored = ({ name: key, shape }: StoredTensor): StoredTensor => {
    used.add(key);
    return { name: nameOf(key), shape, dtype: found.get(key)?.dtype ?? newDType };
  };
  const named = [...parts].map(([parameter, tensors]) => [parameter, tensors.map(stored)] as const);
  const kept = [...found].filter(([key]) => !used.has(key));
  return {
    model,
    parts: new Map(named),
    kept: new Map(
      kept.map(([key, { name, shape, dtype }]) => [name, { name: nameOf(key), shape, dtype }] as const),
    ),
    hasClasses: said.hasClasses,
    ...(architecture !== undefined && { architecture }),
    ...(said.config !== undefined && { config: said.config }),
    ...(facts !== undefined && { facts }),
    ...(notes !== undefined && { notes }),
    withClasses(classes) {
      const renames = layout.renames === true && layout.network.model.classes === 0;
      return described(layout, layout.withClasses(classes), renames ? layout.nameOf : nameOf, {
        hasClasses: true,
        ...layout.headed,
      });
    },
  };
}

function dtypeNotes({ files, network, found }: TableLayout): string[] {
  const dtype = mostFrequentDType(network, found);
  const name = { F16: 'float16', BF16: 'bfloat16', F64: 'float64' }[dtype as string];
  if (name === undefined) return [];
  return [`The weights of ${files.path} are in ${name}: computed with in float32, saved in ${name} again.`];
}

/** Of the matrices: that is what a checkpoint is said to be in. */
function mostFrequentDType(
  { parts }: NetworkTable,
  found: ReadonlyMap<string, TensorEntry>,
): SafetensorsDType {
  const counts = new Map<SafetensorsDType, number>();
  for (const { name, shape } of [...parts.values()].flat()) {
    const dtype = found.get(name)?.dtype;
    if (shape.length < 2 || dtype === undefined || !floatDTypes.includes(dtype)) continue;
    counts.set(dtype, (counts.get(dtype) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? 'F32';
}
