/** How the tensors of a checkpoint file become the parameters of a model, and back. */
import type { JsonFile } from '../../formats/jsonFile';
import type { SafetensorsEntry } from '../../formats/safetensorsHeader';
import type { VisionModel } from '../model';

/** A tensor of a file, under the file's own name and shape. */
export interface StoredTensor {
  readonly name: string;
  readonly shape: readonly number[];
}

/** A checkpoint's tensors, understood: nothing is read yet, but every name, shape and dtype has been checked. */
export interface UnderstoodLayout {
  readonly model: VisionModel;
  /** For every parameter of the model: the stored tensors that lie in it one after the other, row-major. */
  readonly parts: ReadonlyMap<string, readonly StoredTensor[]>;
  /** Tensors that the model does not use, by the name they are read under: how they are written back. */
  readonly kept: ReadonlyMap<string, StoredTensor>;
  /** The same network with a head for `classes` classes, as a file of it is written. */
  withClasses(classes: number): UnderstoodLayout;
}

export interface CheckpointLayout {
  /** `model_type` of the config.json files it reads. */
  readonly modelType: string;
  /** `architectures` of a checkpoint with a head. */
  readonly architecture: string;
  /**
   * `path`: where the entries come from, for messages. Throws a UserError if the configuration or a tensor is not as
   * the layout wants it.
   */
  understand(
    config: JsonFile,
    entries: ReadonlyMap<string, SafetensorsEntry>,
    path: string,
  ): UnderstoodLayout;
}
