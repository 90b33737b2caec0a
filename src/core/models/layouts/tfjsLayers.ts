/**
 * LayersModels of tfjs: a model.json with the topology and a manifest of the weights. What is saved is the same topology with float32
 * weights: a quantised network cannot take the small steps of a training.
 */
import { open, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { JsonFile } from '../../formats/jsonFile';
import type { WritableTensor } from '../../formats/safetensorsWriter';
import { isJsonObject, type JsonObject, type JsonValue } from '../../formats/strictJson';
import type { TensorEntry } from '../../formats/tensorSource';
import { tfjsFile } from '../checkpointFiles';
import { createLayersNetwork, type LayersNetwork } from '../layersModel/layersModel';
import type { Head } from '../layersModel/taps';
import { buildTopology } from '../layersModel/topology';
import type { CheckpointLayout, StoredTensor, UnderstoodLayout } from './layout';
import { checkNames, checkShapes } from './tensorChecks';

/** Bytes of one shard, as tfjs's converter cuts them: browsers keep files of this size in their cache. */
const shardBytes = 4 * 1024 * 1024;

export const tfjsLayers: CheckpointLayout = {
  name: 'tfjs LayersModel',
  preprocessing: 'half',
  recognises: ({ config }) => config?.value.modelTopology !== undefined,
  async understand({ config, entries, path: file }, input) {
    const topology = await buildTopology(config!);
    const network = await createLayersNetwork(topology, file, input);
    const wanted = network.weights.map(
      ({ variable }): StoredTensor => ({
        name: variable.originalName,
        shape: variable.shape as number[],
      }),
    );
    const found = new Map<string, TensorEntry>();
    for (const entry of entries.values()) found.set(keyOf(entry.name, wanted), entry);
    const checked = { path: file, configPath: file, layout: 'tfjs LayersModel' };
    checkNames(checked, found, wanted, () => false);
    checkShapes(checked, found, wanted);
    return understood(config!, network, (name) => found.get(name)!.name, topology.notes);
  },
};

/** Networks from Keras name the weights of a network within a network by both: "outer/dense/kernel" is "dense/kernel". */
function keyOf(name: string, wanted: readonly StoredTensor[]): string {
  if (wanted.some((one) => one.name === name)) return name;
  return wanted.find((one) => name.endsWith(`/${one.name}`))?.name ?? name;
}

function understood(
  config: JsonFile,
  network: LayersNetwork,
  nameOf: (originalName: string) => string,
  notes: readonly string[],
): UnderstoodLayout {
  const { model, weights, head } = network;
  const stored = weights.map(({ variable, parameter, shape }) => {
    const name = nameOf(variable.originalName);
    const own = variable === head?.kernel ? [...variable.shape.slice(0, -2), ...shape] : shape;
    return [parameter, [{ name, shape: own as number[] }]] as const;
  });
  return {
    model,
    parts: new Map(stored),
    kept: new Map(),
    hasClasses: head !== undefined,
    labels: labelsOf(config, model.classes),
    notes: [
      ...(head === undefined
        ? [`${config.path} does not end with a Dense layer: it is read without a head.`]
        : []),
      ...notes,
    ],
    withClasses: (classes) => understood(config, network.withClasses(classes), nameOf, notes),
    write: (folder, tensors, labels) =>
      writeLayersModel(folder, withHead(config.value, head, model.classes, labels), tensors),
  };
}

/** From `userDefinedMetadata`, where tfjs lets people keep what they want. */
function labelsOf({ value }: JsonFile, classes: number): readonly string[] | undefined {
  const { userDefinedMetadata: kept } = value;
  const labels = isJsonObject(kept) ? kept.labels : undefined;
  if (!Array.isArray(labels) || labels.length !== classes) return undefined;
  return labels.every((label) => typeof label === 'string') ? (labels as string[]) : undefined;
}

/** The topology for `classes` classes. */
function withHead(
  config: JsonObject,
  head: Head | undefined,
  classes: number,
  labels: readonly string[] | undefined,
): JsonObject {
  const changed = structuredClone(config);
  if (head !== undefined) {
    for (const layer of layerConfigs(changed.modelTopology ?? null)) {
      if (layer.name === head.layer.name) layer[layer.units === undefined ? 'filters' : 'units'] = classes;
      const shape = layer.target_shape;
      if (head.reshaping.includes(String(layer.name)) && Array.isArray(shape))
        shape[shape.length - 1] = classes;
    }
  }
  if (labels === undefined) return changed;
  const kept = isJsonObject(changed.userDefinedMetadata ?? null) ? changed.userDefinedMetadata : {};
  return { ...changed, userDefinedMetadata: { ...(kept as JsonObject), labels: [...labels] } };
}

/** `config` of every layer, however deep. */
function* layerConfigs(value: JsonValue): Generator<JsonObject> {
  if (Array.isArray(value)) {
    for (const member of value) yield* layerConfigs(member);
    return;
  }
  if (!isJsonObject(value)) return;
  if (typeof value.class_name === 'string' && isJsonObject(value.config ?? null))
    yield value.config as JsonObject;
  for (const member of Object.values(value)) yield* layerConfigs(member);
}

async function writeLayersModel(
  folder: string,
  config: JsonObject,
  tensors: ReadonlyMap<string, WritableTensor>,
): Promise<void> {
  const total = [...tensors.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
  const count = Math.max(1, Math.ceil(total / shardBytes));
  const paths = Array.from({ length: count }, (_, i) => `group1-shard${i + 1}of${count}.bin`);
  const weights = [...tensors].map(([name, { shape }]) => ({ name, shape: [...shape], dtype: 'float32' }));
  const text = JSON.stringify({ ...config, weightsManifest: [{ paths, weights }] });
  await writeFile(path.join(folder, tfjsFile), text);
  const bytes = [...tensors.values()].map(
    ({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  );
  let [tensor, at] = [0, 0];
  for (const name of paths) {
    const handle = await open(path.join(folder, name), 'w');
    try {
      let room = shardBytes;
      while (room > 0 && tensor < bytes.length) {
        const piece = bytes[tensor]!.subarray(at, at + room);
        await handle.writeFile(piece);
        room -= piece.length;
        at += piece.length;
        if (at === bytes[tensor]!.length) [tensor, at] = [tensor + 1, 0];
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
}
