/** The preprocessing that timm's config.json describes (`pretrained_cfg`), as timm.data.create_transform evaluates it. */
import type { Preprocessing, ResizeFilter } from '../data/preprocessing';
import type { JsonFile } from '../formats/jsonFile';
import { isJsonObject, type JsonObject } from '../formats/strictJson';
import { ConfigReader } from './configReader';

const filters: Readonly<Record<string, ResizeFilter>> = {
  bilinear: 'bilinear',
  bicubic: 'bicubic',
  nearest: 'nearest',
  // Drawn anew for every image in training; evaluation takes this one.
  random: 'bilinear',
};

/** Undefined if the file is none of timm's. Throws a UserError that names a key that cannot be followed. */
export function timmPreprocessing(config: JsonFile): Preprocessing | undefined {
  const { pretrained_cfg: nested } = config.value;
  const value: JsonObject = isJsonObject(nested) ? nested : config.value;
  if (value.input_size === undefined) return undefined;
  const reader = new ConfigReader({ ...config, value });
  const { height, width } = readInputSize(reader);
  const share = value.crop_pct === null ? 0.875 : reader.positive('crop_pct', 0.875, 1);
  const scaled = { height: Math.floor(height / share), width: Math.floor(width / share) };
  const mode = reader.oneOf('crop_mode', 'center', ['center', 'squash', 'border']);
  const filter = filters[reader.oneOf('interpolation', 'bicubic', Object.keys(filters))]!;
  const square = scaled.height === scaled.width;
  const mean = reader.channels('mean', [0.485, 0.456, 0.406]);
  const common = {
    crop: { height, width },
    cropRounding: 'half-even',
    scale: 1 / 255,
    mean,
    std: reader.channels('std', [0.229, 0.224, 0.225], 0),
  } as const;
  if (mode === 'squash') return { ...common, resize: { kind: 'squash', ...scaled }, filter };
  if (mode === 'border') {
    const fill = mean.map((value) => roundHalfEven(255 * value)) as [number, number, number];
    return { ...common, resize: { kind: 'within', ...scaled }, filter, fill };
  }
  // timm resizes to sides that differ with its default filter, whatever the checkpoint's.
  if (!square) return { ...common, resize: { kind: 'cover', ...scaled }, filter: 'bilinear' };
  return { ...common, resize: { kind: 'shortest', edge: scaled.height }, filter };
}

/** [3 or 1, height, width] */
function readInputSize({ file }: ConfigReader): { height: number; width: number } {
  const size = file.value.input_size ?? null;
  if (!Array.isArray(size) || size.length !== 3 || (size[0] !== 3 && size[0] !== 1)) {
    return new ConfigReader(file).fail(
      'input_size',
      size,
      '[3, height, width], or [1, height, width] for gray images',
    );
  }
  return new ConfigReader({ ...file, value: { input_size: size.slice(1) } }).size('input_size', 224, 16_384);
}

/** As Python rounds. */
function roundHalfEven(value: number): number {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
