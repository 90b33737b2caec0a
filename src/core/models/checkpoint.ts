/**
 * A checkpoint: a pretrained model with everything that comes with it, and everything that is needed to write one in
 * the same layout, so that Python loads what was finetuned here.
 */
import type { Group, HostTensor } from '../compute/runtime';
import { sizeOf } from '../compute/runtime';
import type { Preprocessing } from '../data/preprocessing';
import { type JsonFile, readJsonFile } from '../formats/jsonFile';
import type { TensorBytes, WritableTensor } from '../formats/safetensorsWriter';
import type { TensorSource } from '../formats/tensorSource';
import { createRandom } from '../random';
import { locateCheckpoint, openWeights } from './checkpointFiles';
import { readLabels } from './labels';
import { modelType, type UnderstoodLayout } from './layouts/layout';
import { layoutOf } from './layouts/registry';
import { headPrefix, type VisionModel } from './model';
import { readParameters } from './readParameters';
import { defaultPreprocessing, fixedSize, readPreprocessing } from './readPreprocessing';
import { partsOf } from './storedParts';

/** What writing a checkpoint needs beyond its parameters. */
export interface CheckpointSource {
  readonly config: JsonFile | undefined;
  /** Of preprocessor_config.json; undefined where config.json says it, as timm's does. */
  readonly preprocessorText: string | undefined;
  readonly layout: UnderstoodLayout;
  /** Whether the head is another than that of the files. */
  readonly newHead: boolean;
  /** Tensors that the model does not use, by the name in the file. */
  readonly kept: ReadonlyMap<string, WritableTensor | TensorBytes>;
}

export interface Checkpoint {
  /** The folder that it was read from, or the file where one was named: absolute, never a run. */
  readonly folder: string;
  /** All files that it was read from. */
  readonly files: readonly string[];
  readonly model: VisionModel;
  /** Exactly the tensors that `model.parameters` names, float32. */
  readonly parameters: Group<HostTensor>;
  /** In the order of the rows of the head; empty if there is none, or if its rows are no classes. */
  readonly labels: readonly string[];
  readonly preprocessing: Preprocessing;
  /** What the person should know about how it was read. */
  readonly notes: readonly string[];
  readonly source: CheckpointSource;
}

/**
 * Reads a checkpoint: a folder of transformers or timm (config.json and weights, in one file or sharded), weights alone
 * whose tensors show what they are, or the final checkpoint of a run. Throws a UserError that says what is missing, wrong
 * or not supported, and where, or the reason of `signal`.
 */
export async function loadCheckpoint(given: string, signal?: AbortSignal): Promise<Checkpoint> {
  const place = await locateCheckpoint(given);
  const config = place.config === undefined ? undefined : await readJsonFile(place.config);
  const weights = await openWeights(place);
  try {
    const files = { config, entries: weights.entries, path: weights.path };
    const layout = layoutOf(files);
    const said = await readPreprocessing(place.folder, config);
    const understood = await layout.understand(files, said && fixedSize(said));
    const { model } = understood;
    const labels = understood.labels ?? (understood.hasClasses ? readLabels(config, model.classes) : []);
    const prepared =
      said ??
      defaultPreprocessing(place.folder, layout.preprocessing, model.input, modelType(files) !== undefined);
    const parameters = await readParameters(weights, understood, signal);
    const kept = await readKept(weights, understood, signal);
    return {
      folder: place.path,
      files: [...filesOf(place.config, said?.file), ...weights.files],
      model,
      parameters,
      labels,
      preprocessing: prepared.preprocessing,
      notes: [...weights.notes, ...prepared.notes, ...(understood.notes ?? [])],
      source: { config, preprocessorText: prepared.text, layout: understood, newHead: false, kept },
    };
  } finally {
    await weights.close();
  }
}

function filesOf(...files: (string | undefined)[]): string[] {
  return [...new Set(files.filter((file) => file !== undefined))];
}

async function readKept(
  weights: TensorSource,
  { kept }: UnderstoodLayout,
  signal: AbortSignal | undefined,
): Promise<Map<string, TensorBytes>> {
  const tensors = new Map<string, TensorBytes>();
  for (const name of kept.keys()) {
    signal?.throwIfAborted();
    const { dtype, shape } = weights.entries.get(name)!;
    tensors.set(name, { dtype, shape, bytes: await weights.bytesOf(name) });
  }
  return tensors;
}

/**
 * The checkpoint with a new head for `labels`: weights from a normal distribution of deviation 0.02 (transformers'
 * `initializer_range`), biases 0. The checkpoint itself where its labels are exactly these.
 */
export function withHead(checkpoint: Checkpoint, labels: readonly string[], seed: number): Checkpoint {
  const same =
    labels.length === checkpoint.labels.length && labels.every((label, i) => label === checkpoint.labels[i]);
  if (same) return checkpoint;
  const { source } = checkpoint;
  const layout = source.layout.withClasses(labels.length);
  const random = createRandom(seed);
  const parameters: Record<string, HostTensor> = {};
  for (const [name, { shape }] of Object.entries(layout.model.parameters)) {
    if (!name.startsWith(headPrefix)) {
      parameters[name] = checkpoint.parameters[name]!;
      continue;
    }
    const data = new Float32Array(sizeOf(shape));
    if (shape.length > 1) for (let i = 0; i < data.length; i++) data[i] = 0.02 * random.normal();
    parameters[name] = { shape, dtype: 'float32', data };
  }
  return {
    ...checkpoint,
    model: layout.model,
    parameters,
    labels,
    source: { ...source, layout, newHead: true, kept: stillKept(checkpoint, layout) },
  };
}

/** Parameters that the network with the new head does not use, such as CLIP's projection, join what is kept. */
function stillKept(
  { parameters, source }: Checkpoint,
  layout: UnderstoodLayout,
): ReadonlyMap<string, WritableTensor | TensorBytes> {
  const before = new Map(partsOf(source.layout, parameters));
  return new Map(
    [...layout.kept.keys()].map((name) => [name, source.kept.get(name) ?? before.get(name)!] as const),
  );
}
