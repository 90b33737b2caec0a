/** How the tensors of a checkpoint file become the parameters of a model, and back. */
import type { JsonFile } from '../../formats/jsonFile';
import type { SafetensorsDType } from '../../formats/safetensorsHeader';
import type { WritableTensor } from '../../formats/safetensorsWriter';
import type { JsonValue } from '../../formats/strictJson';
import type { TensorEntry } from '../../formats/tensorSource';
import type { VisionModel } from '../model';

/** What a checkpoint shows before a tensor is read. */
export interface CheckpointFiles {
  /** Undefined: weights without config.json, as torchvision and many authors give them. */
  readonly config: JsonFile | undefined;
  /** The stored tensors, by the name in the file. */
  readonly entries: ReadonlyMap<string, TensorEntry>;
  /** Where the entries come from, for messages. */
  readonly path: string;
}

/** A tensor of a file, under the file's own name and shape. */
export interface StoredTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** How it is written; float32 if not given. */
  readonly dtype?: SafetensorsDType;
}

/** A checkpoint's tensors, understood: nothing is read yet, but every name, shape and dtype has been checked. */
export interface UnderstoodLayout {
  readonly model: VisionModel;
  /** For every parameter of the model: the stored tensors that lie in it one after the other, row-major. */
  readonly parts: ReadonlyMap<string, readonly StoredTensor[]>;
  /** Tensors that the model does not use, by the name they are read under: how they are written back, byte for byte. */
  readonly kept: ReadonlyMap<string, StoredTensor>;
  /** Whether the rows of the head are classes with names; false for an embedding such as CLIP's projection. */
  readonly hasClasses: boolean;
  /** Names of the classes, where the layout has its own place for them. */
  readonly labels?: readonly string[] | undefined;
  /** What transformers calls the network with a head, for `architectures` of its config.json. */
  readonly architecture?: string;
  /** The config.json to write where it is another than the one that was read. */
  readonly config?: JsonFile;
  /** For a file without config.json: what no tensor tells, written beside the labels into one. */
  readonly facts?: Readonly<Record<string, JsonValue>>;
  /** What the person should know about how it was read. */
  readonly notes?: readonly string[];
  /** Writes weights and description into an empty folder, where the layout is no safetensors with a config.json. */
  write?(
    folder: string,
    tensors: ReadonlyMap<string, WritableTensor>,
    labels: readonly string[] | undefined,
  ): Promise<void>;
  /** The same network with a head for `classes` classes, as a file of it is written. */
  withClasses(classes: number): UnderstoodLayout;
}

/** How images are prepared where no file says it: "half" is mean and deviation 0.5, as ViT has them. */
export type DefaultPreprocessing = 'half' | 'imagenet' | 'clip';

export interface CheckpointLayout {
  /** For messages, such as "timm ViT". */
  readonly name: string;
  readonly preprocessing: DefaultPreprocessing;
  /** Whether a checkpoint says or looks as if it had this layout; nothing is checked yet. */
  recognises(files: CheckpointFiles): boolean;
  /**
   * `input`: size of the images that the preprocessing makes; undefined: what the network was made for. Throws a
   * UserError if the configuration or a tensor is not as the layout wants it.
   */
  understand(
    files: CheckpointFiles,
    input: { readonly height: number; readonly width: number } | undefined,
  ): UnderstoodLayout | Promise<UnderstoodLayout>;
}

/** `model_type` of a config.json of transformers. */
export function modelType({ config }: CheckpointFiles): string | undefined {
  const type = config?.value.model_type;
  return typeof type === 'string' ? type : undefined;
}

/** `architecture` of a config.json of timm, such as "vit_tiny_patch16_224". */
export function timmArchitecture({ config }: CheckpointFiles): string | undefined {
  const architecture = config?.value.architecture;
  return typeof architecture === 'string' ? architecture.replace(/\..*$/s, '') : undefined;
}

/** Whether no config.json says whose the network is, so that its tensors must. */
export function isAnonymous(files: CheckpointFiles): boolean {
  return modelType(files) === undefined && timmArchitecture(files) === undefined;
}
