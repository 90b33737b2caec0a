/**
 * A checkpoint: a pretrained model with everything that comes with it, and everything that is needed to write one in
 * the same layout, so that Python loads what was finetuned here.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Group, HostTensor } from '../compute/runtime';
import { sizeOf } from '../compute/runtime';
import type { Preprocessing } from '../data/preprocessing';
import { UserError } from '../errors';
import { type JsonFile, readJsonFile } from '../formats/jsonFile';
import { replaceFolder } from '../formats/replaceFile';
import type { TensorSource } from '../formats/safetensors';
import { type WritableTensor, writeSafetensors } from '../formats/safetensorsWriter';
import { createRandom } from '../random';
import { checkpointFolder, configFile, openWeights, weightsFile } from './checkpointFiles';
import { configText } from './configText';
import { readLabels } from './labels';
import { huggingFaceVit } from './layouts/huggingFaceVit';
import type { CheckpointLayout, UnderstoodLayout } from './layouts/layout';
import { headPrefix, type VisionModel } from './model';
import { preprocessorFile, readPreprocessorConfig } from './preprocessorConfig';

/** What writing a checkpoint needs beyond its parameters. */
export interface CheckpointSource {
  readonly config: JsonFile;
  readonly preprocessorText: string;
  /** `architectures` of a checkpoint with a head. */
  readonly architecture: string;
  readonly layout: UnderstoodLayout;
  /** Tensors that the model does not use, by the name in the file. */
  readonly kept: ReadonlyMap<string, WritableTensor>;
}

export interface Checkpoint {
  /** The folder that it was read from: absolute, never a run. */
  readonly folder: string;
  readonly model: VisionModel;
  /** Exactly the tensors that `model.parameters` names, float32. */
  readonly parameters: Group<HostTensor>;
  /** In the order of the rows of the head; empty if there is no head. */
  readonly labels: readonly string[];
  readonly preprocessing: Preprocessing;
  /** What the person should know about how it was read. */
  readonly notes: readonly string[];
  readonly source: CheckpointSource;
}

const layouts: readonly CheckpointLayout[] = [huggingFaceVit];

/**
 * Reads a checkpoint folder (config.json and *.safetensors, in one file or sharded), or the final checkpoint of a run.
 * Throws a UserError that says what is missing, wrong or not supported, and where.
 */
export async function loadCheckpoint(given: string): Promise<Checkpoint> {
  const folder = await checkpointFolder(given);
  const config = await readJsonFile(path.join(folder, configFile));
  const layout = layoutOf(config);
  const weights = await openWeights(folder);
  try {
    const understood = layout.understand(config, weights.entries, weights.path);
    const { model } = understood;
    const labels = readLabels(config, model.classes);
    const { preprocessing, text, notes } = await readPreprocessorConfig(folder, model.input);
    const parameters = await readParameters(weights, understood);
    const kept = new Map<string, WritableTensor>();
    for (const [name, { shape }] of understood.kept) {
      const data = new Float32Array(sizeOf(shape));
      await weights.readFloats(name, data);
      kept.set(name, { shape, data });
    }
    const { architecture } = layout;
    const source = { config, preprocessorText: text, architecture, layout: understood, kept };
    return { folder, model, parameters, labels, preprocessing, notes, source };
  } finally {
    await weights.close();
  }
}

function layoutOf(config: JsonFile): CheckpointLayout {
  const { model_type: type } = config.value;
  const found = layouts.find(({ modelType }) => modelType === type);
  if (found !== undefined) return found;
  const said =
    type === undefined ? 'has no model_type' : `has model_type ${JSON.stringify(type)?.slice(0, 80)}`;
  const supported = layouts.map(({ modelType }) => `"${modelType}"`).join(', ');
  throw new UserError(`${config.path} ${said}; models that can be read: ${supported}.`);
}

async function readParameters(weights: TensorSource, layout: UnderstoodLayout): Promise<Group<HostTensor>> {
  const parameters: Record<string, HostTensor> = {};
  for (const [parameter, { shape }] of Object.entries(layout.model.parameters)) {
    const data = new Float32Array(sizeOf(shape));
    let at = 0;
    for (const part of layout.parts.get(parameter)!) {
      const target = data.subarray(at, at + sizeOf(part.shape));
      await weights.readFloats(part.name, target);
      checkFinite(weights.path, part.name, target);
      at += target.length;
    }
    parameters[parameter] = { shape, dtype: 'float32', data };
  }
  return parameters;
}

function checkFinite(file: string, name: string, values: Float32Array): void {
  // A plain loop: `findIndex` takes 30 times as long, seconds for a large model.
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i]!)) {
      throw new UserError(
        `Tensor ${name} of ${file} holds ${values[i]} at position ${i}: the checkpoint is damaged or its training diverged. Use another one.`,
      );
    }
  }
}

/**
 * The checkpoint with a new head for `labels`: weights from a normal distribution of deviation 0.02 (transformers'
 * `initializer_range`), biases 0. The checkpoint itself where its labels are exactly these.
 */
export function withHead(checkpoint: Checkpoint, labels: readonly string[], seed: number): Checkpoint {
  const same =
    labels.length === checkpoint.labels.length && labels.every((label, i) => label === checkpoint.labels[i]);
  if (same) return checkpoint;
  const layout = checkpoint.source.layout.withClasses(labels.length);
  const random = createRandom(seed);
  const body = Object.entries(checkpoint.parameters).filter(([name]) => !name.startsWith(headPrefix));
  const head = Object.entries(layout.model.parameters)
    .filter(([name]) => name.startsWith(headPrefix))
    .map(([name, { shape }]): [string, HostTensor] => {
      const data = new Float32Array(sizeOf(shape));
      if (shape.length > 1) for (let i = 0; i < data.length; i++) data[i] = 0.02 * random.normal();
      return [name, { shape, dtype: 'float32', data }];
    });
  return {
    ...checkpoint,
    model: layout.model,
    parameters: Object.fromEntries([...body, ...head]),
    labels,
    source: { ...checkpoint.source, layout },
  };
}

/**
 * Writes `parameters` (those of `checkpoint.model`) as a checkpoint folder of the same layout: tensors with the names
 * and shapes of the file they came from, in float32; config.json with its keys as they were and the labels of
 * `checkpoint`; preprocessor_config.json. The folder appears, or is replaced, only when it is whole.
 * Throws a UserError if the file system refuses.
 */
export async function saveCheckpoint(
  folder: string,
  checkpoint: Checkpoint,
  parameters: Group<HostTensor>,
): Promise<void> {
  await replaceFolder(folder, (temporary) => writeCheckpointFiles(temporary, checkpoint, parameters));
}

/** The files of `saveCheckpoint`, for a caller that replaces the folder itself because it puts more into it. */
export async function writeCheckpointFiles(
  folder: string,
  checkpoint: Checkpoint,
  parameters: Group<HostTensor>,
): Promise<void> {
  const { source, model, labels } = checkpoint;
  await mkdir(folder, { recursive: true });
  await writeFile(
    path.join(folder, configFile),
    configText(source.config, model.classes > 0 ? source.architecture : undefined, labels),
  );
  await writeFile(path.join(folder, preprocessorFile), source.preprocessorText);
  await writeSafetensors(path.join(folder, weightsFile), storedTensors(checkpoint, parameters));
}

/** Our parameters cut into the tensors of the file, without copying, and the tensors that were only kept. */
function storedTensors(
  { model, source }: Checkpoint,
  parameters: Group<HostTensor>,
): Map<string, WritableTensor> {
  const stored = new Map<string, WritableTensor>();
  for (const [parameter, { shape }] of Object.entries(model.parameters)) {
    const data = parameters[parameter]?.data;
    if (!(data instanceof Float32Array) || data.length !== sizeOf(shape)) {
      throw new Error(`parameter ${parameter} is missing or is not float32 of shape [${shape}]`);
    }
    let at = 0;
    for (const part of source.layout.parts.get(parameter)!) {
      const size = sizeOf(part.shape);
      stored.set(part.name, { shape: part.shape, data: data.subarray(at, at + size) });
      at += size;
    }
  }
  for (const [name, tensor] of source.kept) stored.set(source.layout.kept.get(name)!.name, tensor);
  return stored;
}
