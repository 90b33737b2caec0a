/** A network compiled for evaluation: its logits and the representation of every layer, for one size of batch. */
import type { Tensor } from '@tensorflow/tfjs-core';
import {
  type DeviceTensor,
  type Group,
  type HostTensor,
  isDeviceTensor,
  type Runtime,
} from '../compute/runtime';
import { normalise } from '../data/preprocess';
import type { Preprocessing } from '../data/preprocessing';
import type { VisionModel } from '../models/model';
import type { Features } from '../similarity/features';
import { poolings, representation, type SampleKind } from './representations';

/** Where pixels come from: a split, or anything that gives them by index. */
export interface PixelSource {
  pixels(indices: ArrayLike<number>, signal?: AbortSignal): Promise<Uint8Array>;
}

/** What an evaluation wants of a pass: "logits", or a layer and what of it is a row. */
export interface Wanted {
  readonly group: 'logits' | SampleKind;
  readonly name: string;
}

export interface Network {
  readonly model: VisionModel;
  readonly batch: number;
  /**
   * Runs the images at `indices`, batch by batch, and hands over each wanted output as `[indices.length, d]`, in the order of
   * `wanted`; tokens as `[indices.length * t, d]`, those of one image together. `onImages` is told the number of images done.
   */
  evaluate(
    parameters: Group<HostTensor | DeviceTensor>,
    source: PixelSource,
    indices: ArrayLike<number>,
    wanted: readonly Wanted[],
    options?: {
      readonly signal?: AbortSignal | undefined;
      readonly onImages?: ((done: number) => void) | undefined;
    },
  ): Promise<Features[]>;
  dispose(): Promise<void>;
}

export const logitsWanted: Wanted = { group: 'logits', name: 'logits' };

export async function compileNetwork(
  runtime: Runtime,
  model: VisionModel,
  preprocessing: Preprocessing,
  batch: number,
  kinds: readonly SampleKind[] = poolings,
): Promise<Network> {
  const imageShape = [batch, 3, model.input.height, model.input.width];
  const program = await runtime.compile(
    ({ parameters, batch: inputs }) => {
      const pass = model.forward(parameters!, inputs!.images!);
      const groups = kinds.map((kind): [string, Record<string, Tensor>] => [
        kind,
        Object.fromEntries(model.layers.map((layer) => [layer, representation(model, pass, layer, kind)])),
      ]);
      return { logits: { logits: pass.logits }, ...Object.fromEntries(groups) };
    },
    { parameters: model.parameters, batch: { images: { shape: imageShape, dtype: 'float32' } } },
    // On a GPU only what is wanted is copied back.
    { resident: kinds },
  );
  const images = new Float32Array(imageShape.reduce((size, extent) => size * extent, 1));
  const imageLength = images.length / batch;

  return {
    model,
    batch,
    async evaluate(parameters, source, indices, wanted, { signal, onImages } = {}) {
      const n = indices.length;
      // Once for all batches: from ordinary memory they would go to a GPU with every one.
      const uploaded: DeviceTensor[] = [];
      const resident: Record<string, DeviceTensor> = {};
      for (const [name, tensor] of Object.entries(parameters)) {
        if (!isDeviceTensor(tensor)) uploaded.push(runtime.upload(tensor));
        resident[name] = isDeviceTensor(tensor) ? tensor : uploaded[uploaded.length - 1]!;
      }
      const collected: { rows: number; d: number; data: Float32Array }[] = [];
      try {
        for (let start = 0; start < n; start += batch) {
          signal?.throwIfAborted();
          const count = Math.min(batch, n - start);
          const chosen = Array.from({ length: count }, (_, i) => indices[start + i]!);
          const pixels = await source.pixels(chosen, signal);
          normalise(pixels, count, preprocessing, images.subarray(0, count * imageLength));
          // The program has one size of batch: what is left of the last one are images of before, whose outputs are not read.
          const outputs = await program.run({
            parameters: resident,
            batch: { images: { shape: imageShape, dtype: 'float32', data: images } },
          });
          for (const [w, { group, name }] of wanted.entries()) {
            const tensor = outputs[group]![name]!;
            const d = tensor.shape[tensor.shape.length - 1]!;
            const rows = tensor.shape.length === 3 ? tensor.shape[1]! : 1;
            collected[w] ??= { rows, d, data: new Float32Array(n * rows * d) };
            const values = (await tensor.read()) as Float32Array;
            collected[w].data.set(values.subarray(0, count * rows * d), start * rows * d);
          }
          for (const group of Object.values(outputs)) {
            for (const tensor of Object.values(group)) tensor.dispose();
          }
          onImages?.(start + count);
        }
      } finally {
        for (const tensor of uploaded) tensor.dispose();
      }
      return collected.map(({ rows, d, data }) => ({ n: n * rows, d, data }));
    },
    dispose: () => program.dispose(),
  };
}
