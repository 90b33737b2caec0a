/** How the images of a checkpoint are prepared: what its files say, or what networks of its family are used to. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Preprocessing } from '../data/preprocessing';
import { UserError } from '../errors';
import { type JsonFile, readJsonFile } from '../formats/jsonFile';
import type { DefaultPreprocessing } from './layouts/layout';
import type { VisionModel } from './model';
import { clip, half, imagenet, parsePreprocessorConfig, preprocessorFile } from './preprocessorConfig';
import { timmPreprocessing } from './timmPreprocessing';

type Size = VisionModel['input'];

export interface CheckpointPreprocessing {
  /** The file that says it; undefined where none does. */
  readonly file: string | undefined;
  readonly preprocessing: Preprocessing;
  /** The preprocessor_config.json to write beside a checkpoint that is derived from this one; none where config.json says it. */
  readonly text: string | undefined;
  /** What the person should know about how it was read. */
  readonly notes: readonly string[];
}

/**
 * What preprocessor_config.json in `folder` says, or timm's config.json; undefined if neither is there. Throws a UserError
 * if the file is broken.
 */
export async function readPreprocessing(
  folder: string,
  config: JsonFile | undefined,
): Promise<CheckpointPreprocessing | undefined> {
  const file = path.join(folder, preprocessorFile);
  const missing = await stat(file).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
  );
  if (!missing) {
    const json = await readJsonFile(file);
    return { file, ...parsePreprocessorConfig(json), text: json.text };
  }
  const timm = config && timmPreprocessing(config);
  return timm && { file: config.path, preprocessing: timm, text: undefined, notes: [] };
}

/** The size of every image that it makes. Throws a UserError if that depends on the image. */
export function fixedSize({ file, preprocessing }: CheckpointPreprocessing): Size {
  const { crop, resize } = preprocessing;
  if (crop) return crop;
  if (resize?.kind === 'squash') return { height: resize.height, width: resize.width };
  throw new UserError(
    `${file} makes images of no fixed size, but a network takes them in one. Give it "size" with height and width, or "do_center_crop" with "crop_size".`,
  );
}

/** Resized side over crop of the usual evaluation on ImageNet. */
const cropShare = 0.875;

/**
 * What networks of a family are used to, with a note that says so. `ofTransformers`: whether it is one of transformers, which
 * cuts off odd pixels otherwise than torchvision and timm do.
 */
export function defaultPreprocessing(
  folder: string,
  family: DefaultPreprocessing,
  input: Size,
  ofTransformers: boolean,
): CheckpointPreprocessing {
  const { mean, std } = { half, imagenet, clip }[family];
  const normalised = { image_mean: mean, image_std: std };
  const rescaled = { do_rescale: true, rescale_factor: 1 / 255, do_normalize: true, ...normalised };
  const edge = Math.floor(Math.min(input.height, input.width) / (family === 'clip' ? 1 : cropShare));
  const squashes = family === 'half' || input.height !== input.width;
  const text = squashes
    ? {
        image_processor_type: 'ViTImageProcessor',
        do_resize: true,
        size: { height: input.height, width: input.width },
        resample: family === 'half' ? 2 : 3,
        ...rescaled,
      }
    : {
        image_processor_type: 'CLIPImageProcessor',
        do_resize: true,
        size: { shortest_edge: edge },
        resample: family === 'clip' ? 3 : 2,
        do_center_crop: true,
        crop_size: { height: input.height, width: input.width },
        ...(!ofTransformers && { crop_rounding: 'half-even' }),
        ...rescaled,
      };
  const file = { path: path.join(folder, preprocessorFile), text: '', value: text, sources: new Map() };
  const how = squashes
    ? `images are resized to ${input.height}x${input.width}`
    : `the shorter side of images is resized to ${edge} and ${input.height}x${input.width} cut out of the middle`;
  return {
    file: undefined,
    ...parsePreprocessorConfig(file as unknown as JsonFile),
    text: `${JSON.stringify(text, undefined, 2)}\n`,
    notes: [
      `${folder} has no ${preprocessorFile}: ${how}, and normalised with mean ${mean.join(', ')} and deviation ${std.join(', ')}, as such networks are used to.`,
    ],
  };
}
