/** Reads `preprocessor_config.json`: keys of old and new releases of transformers, and of its image processors. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Preprocessing, ResizeFilter } from '../data/preprocessing';
import { UserError } from '../errors';
import { type JsonFile, readJsonFile } from '../formats/jsonFile';
import { isJsonObject, type JsonValue } from '../formats/strictJson';
import type { VisionModel } from './model';

export const preprocessorFile = 'preprocessor_config.json';

type Channels = readonly [number, number, number];
type Size = VisionModel['input'];
type Resize = Preprocessing['resize'];

/** What a processor does where its file leaves a key out. A bare number as size means `bareSize`. */
interface Defaults {
  readonly size: number;
  readonly bareSize: 'squash' | 'shortest';
  readonly crop: number | null;
  readonly filter: ResizeFilter;
  readonly mean: Channels;
  readonly std: Channels;
}

const half: Channels = [0.5, 0.5, 0.5];
const clipMean: Channels = [0.48145466, 0.4578275, 0.40821073];
const clipStd: Channels = [0.26862954, 0.26130258, 0.27577711];
const vitDefaults: Defaults = {
  size: 224,
  bareSize: 'squash',
  crop: null,
  filter: 'bilinear',
  mean: half,
  std: half,
};
const clipDefaults: Defaults = {
  size: 224,
  bareSize: 'shortest',
  crop: 224,
  filter: 'bicubic',
  mean: clipMean,
  std: clipStd,
};
/** By the name of the processor without "ImageProcessor", "ImageProcessorFast" or "FeatureExtractor". */
const defaultsOf: Readonly<Record<string, Defaults>> = {
  ViT: vitDefaults,
  DeiT: {
    size: 256,
    bareSize: 'squash',
    crop: 224,
    filter: 'bicubic',
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
  },
  CLIP: clipDefaults,
  Bit: clipDefaults,
};

/** Pillow's numbers of its filters. */
const filters: Readonly<Record<number, ResizeFilter>> = { 0: 'nearest', 2: 'bilinear', 3: 'bicubic' };
const maximumSize = 16_384;

export interface PreprocessorConfig {
  readonly preprocessing: Preprocessing;
  /** What to write beside a checkpoint that is derived from this one. */
  readonly text: string;
  /** What the person should know about how the file was read. */
  readonly notes: readonly string[];
}

/**
 * The preprocessing of the checkpoint in `folder` for a model that takes images of size `input`. Without a file it is
 * ViT's own, with a note. Throws a UserError if the file is broken or makes images of another size.
 */
export async function readPreprocessorConfig(folder: string, input: Size): Promise<PreprocessorConfig> {
  const file = path.join(folder, preprocessorFile);
  const missing = await stat(file).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
  );
  if (missing) return withoutFile(folder, input);
  const json = await readJsonFile(file);
  const { preprocessing, notes } = parsePreprocessorConfig(json);
  checkSize(file, preprocessing, input);
  return { preprocessing, notes, text: json.text };
}

function withoutFile(folder: string, input: Size): PreprocessorConfig {
  const text = {
    image_processor_type: 'ViTImageProcessor',
    do_resize: true,
    size: { height: input.height, width: input.width },
    resample: 2,
    do_rescale: true,
    rescale_factor: 1 / 255,
    do_normalize: true,
    image_mean: half,
    image_std: half,
  };
  return {
    preprocessing: {
      resize: { kind: 'squash', ...input },
      filter: 'bilinear',
      crop: null,
      scale: 1 / 255,
      mean: half,
      std: half,
    },
    text: `${JSON.stringify(text, undefined, 2)}\n`,
    notes: [
      `${folder} has no ${preprocessorFile}: images are resized to ${input.height}x${input.width} and normalised ` +
        'with mean and deviation 0.5, as ViT does by default.',
    ],
  };
}

/** Throws a UserError that names the key and its value. */
export function parsePreprocessorConfig(file: JsonFile): {
  preprocessing: Preprocessing;
  notes: readonly string[];
} {
  const { value } = file;
  const type = value.image_processor_type ?? value.feature_extractor_type ?? 'ViTImageProcessor';
  const family = String(type).replace(/(?:ImageProcessor(?:Fast|Pil)?|FeatureExtractor)$/, '');
  const known = Object.hasOwn(defaultsOf, family);
  const defaults = known ? defaultsOf[family]! : vitDefaults;
  const flag = (key: string, fallback: boolean): boolean => {
    const found = value[key] ?? fallback;
    return typeof found === 'boolean' ? found : fail(file, key, found, 'true or false');
  };
  const normalises = flag('do_normalize', true);
  const resample = value.resample;
  const filter = resample === undefined || resample === null ? defaults.filter : filters[Number(resample)];
  return {
    preprocessing: {
      resize: flag('do_resize', true) ? readResize(file, defaults) : null,
      filter: filter ?? fail(file, 'resample', resample!, '0 (nearest), 2 (bilinear) or 3 (bicubic)'),
      crop: flag('do_center_crop', defaults.crop !== null) ? readCrop(file, defaults) : null,
      scale: flag('do_rescale', true) ? readScale(file) : 1,
      mean: normalises
        ? readChannels(file, 'image_mean', defaults.mean, Number.NEGATIVE_INFINITY)
        : [0, 0, 0],
      std: normalises ? readChannels(file, 'image_std', defaults.std, 0) : [1, 1, 1],
    },
    notes: known
      ? []
      : [`${file.path}: the processor ${String(type).slice(0, 80)} is read as a ViTImageProcessor.`],
  };
}

function readResize(file: JsonFile, defaults: Defaults): Resize {
  const size = file.value.size ?? defaults.size;
  if (isJsonObject(size) && 'shortest_edge' in size && isExtent(size.shortest_edge)) {
    return { kind: 'shortest', edge: size.shortest_edge };
  }
  if (isExtent(size) && defaults.bareSize === 'shortest') return { kind: 'shortest', edge: size };
  return { kind: 'squash', ...readBox(file, 'size', size) };
}

function readCrop(file: JsonFile, defaults: Defaults): Size {
  return readBox(file, 'crop_size', file.value.crop_size ?? defaults.crop ?? defaults.size);
}

/** {height, width}, [height, width], or one number for both. */
function readBox(file: JsonFile, key: string, value: JsonValue): Size {
  const [height, width] = isJsonObject(value)
    ? [value.height, value.width]
    : Array.isArray(value)
      ? value
      : [value, value];
  if (isExtent(height) && isExtent(width)) return { height, width };
  return fail(file, key, value, 'a size in pixels: a number, {height, width} or {shortest_edge}');
}

function readScale(file: JsonFile): number {
  const scale = file.value.rescale_factor ?? 1 / 255;
  if (typeof scale === 'number' && scale > 0 && Number.isFinite(scale)) return scale;
  return fail(file, 'rescale_factor', scale, 'a number above 0');
}

/** Three numbers above `minimum`, or one for all channels. */
function readChannels(file: JsonFile, key: string, fallback: Channels, minimum: number): Channels {
  const value = file.value[key];
  if (value === undefined || value === null) return fallback;
  const channels = Array.isArray(value) ? value : [value, value, value];
  const valid = channels.every((item) => typeof item === 'number' && Number.isFinite(item) && item > minimum);
  if (valid && channels.length === 3) return [...channels] as unknown as Channels;
  return fail(file, key, value, minimum === 0 ? 'three numbers above 0' : 'three numbers');
}

function isExtent(value: JsonValue | undefined): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= maximumSize;
}

function checkSize(file: string, { resize, crop }: Preprocessing, input: Size): void {
  const made = crop ?? (resize?.kind === 'squash' ? resize : undefined);
  if (made?.height === input.height && made.width === input.width) return;
  const what = made ? `images of ${made.height}x${made.width}` : 'images of no fixed size';
  throw new UserError(
    `${file} makes ${what}, but the model takes ${input.height}x${input.width} (image_size in config.json). ` +
      'Change size or crop_size to that.',
  );
}

function fail(file: JsonFile, key: string, value: JsonValue, wanted: string): never {
  const text = JSON.stringify(value);
  throw new UserError(
    `${file.path}: ${key} is ${text.length > 80 ? `${text.slice(0, 80)}…` : text} but must be ${wanted}.`,
  );
}
