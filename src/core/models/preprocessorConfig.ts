/** Reads `preprocessor_config.json`: keys of old and new releases of transformers, and of its image processors. */
import type { Preprocessing, ResizeFilter } from '../data/preprocessing';
import { UserError } from '../errors';
import type { JsonFile } from '../formats/jsonFile';
import { isJsonObject, type JsonValue } from '../formats/strictJson';
import type { VisionModel } from './model';

export const preprocessorFile = 'preprocessor_config.json';

type Channels = readonly [number, number, number];
type Size = VisionModel['input'];
type Resize = Preprocessing['resize'];

/** What a processor does where its file leaves a key out. A bare number as size means `bareSize`. */
interface Defaults {
  readonly size: number;
  /** ConvNeXt: images under 384 pixels are cut out of larger ones, of which they are the share `crop_pct`. */
  readonly cropShare?: number;
  readonly bareSize: 'squash' | 'shortest';
  readonly crop: number | null;
  readonly filter: ResizeFilter;
  readonly mean: Channels;
  readonly std: Channels;
}

export interface Normalisation {
  readonly mean: Channels;
  readonly std: Channels;
}

export const half: Normalisation = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };
export const imagenet: Normalisation = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
export const clip: Normalisation = {
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
};

const vitDefaults: Defaults = {
  size: 224,
  bareSize: 'squash',
  crop: null,
  filter: 'bilinear',
  ...half,
};
const clipDefaults: Defaults = {
  size: 224,
  bareSize: 'shortest',
  crop: 224,
  filter: 'bicubic',
  ...clip,
};
/** By the name of the processor without "ImageProcessor", "ImageProcessorFast" or "FeatureExtractor". */
const defaultsOf: Readonly<Record<string, Defaults>> = {
  ViT: vitDefaults,
  DeiT: {
    size: 256,
    bareSize: 'squash',
    crop: 224,
    filter: 'bicubic',
    ...half,
  },
  CLIP: clipDefaults,
  Bit: clipDefaults,
  ConvNext: {
    size: 384,
    bareSize: 'shortest',
    cropShare: 224 / 256,
    crop: null,
    filter: 'bicubic',
    ...half,
  },
};

/** Pillow's numbers of its filters. */
const filters: Readonly<Record<number, ResizeFilter>> = { 0: 'nearest', 2: 'bilinear', 3: 'bicubic' };
const maximumSize = 16_384;

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
  const resizes = flag('do_resize', true);
  const cut = resizes && defaults.cropShare !== undefined ? readShare(file, defaults) : undefined;
  const resample = value.resample;
  const filter = resample === undefined || resample === null ? defaults.filter : filters[Number(resample)];
  return {
    preprocessing: {
      resize: cut?.resize ?? (resizes ? readResize(file, defaults) : null),
      filter: filter ?? fail(file, 'resample', resample!, '0 (nearest), 2 (bilinear) or 3 (bicubic)'),
      crop: cut?.crop ?? (flag('do_center_crop', defaults.crop !== null) ? readCrop(file, defaults) : null),
      // Our own key: no library has one for it.
      ...(value.crop_rounding === 'half-even' && { cropRounding: 'half-even' }),
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

/** Sizes above which ConvNeXt's processor squashes the whole image. */
const squashedFrom = 384;

/** ConvNeXt's way: resized to size / crop_pct and cut to size, or squashed to it. Undefined where no edge is given. */
function readShare(
  file: JsonFile,
  defaults: Defaults,
): { readonly resize: Resize; readonly crop: Size | null } | undefined {
  const resize = readResize(file, defaults);
  if (resize?.kind !== 'shortest') return undefined;
  const { edge } = resize;
  const share = file.value.crop_pct ?? defaults.cropShare!;
  if (typeof share !== 'number' || !(share > 0 && share <= 1)) {
    return fail(file, 'crop_pct', share, 'a number above 0 and at most 1');
  }
  const box = { height: edge, width: edge };
  if (edge >= squashedFrom) return { resize: { kind: 'squash', ...box }, crop: null };
  return { resize: { kind: 'shortest', edge: Math.trunc(edge / share) }, crop: box };
}

function readResize(file: JsonFile, defaults: Defaults): Resize {
  const size = file.value.size ?? defaults.size;
  if (isJsonObject(size) && 'shortest_edge' in size && isExtent(size.shortest_edge)) {
    if ((size.longest_edge ?? null) !== null) {
      return fail(file, 'size', size, 'without longest_edge, which is not known here');
    }
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
  const given = Array.isArray(value) ? value : [value];
  const channels = given.length === 1 ? [given[0]!, given[0]!, given[0]!] : given;
  const valid = channels.every((item) => typeof item === 'number' && Number.isFinite(item) && item > minimum);
  if (valid && channels.length === 3) return [...channels] as unknown as Channels;
  return fail(file, key, value, minimum === 0 ? 'three numbers above 0' : 'three numbers');
}

function isExtent(value: JsonValue | undefined): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= maximumSize;
}

function fail(file: JsonFile, key: string, value: JsonValue, wanted: string): never {
  const text = JSON.stringify(value);
  throw new UserError(
    `${file.path}: ${key} is ${text.length > 80 ? `${text.slice(0, 80)}…` : text} but must be ${wanted}.`,
  );
}
