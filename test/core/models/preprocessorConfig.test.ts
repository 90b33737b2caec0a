import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import type { Preprocessing } from '../../../src/core/data/preprocessing';
import { fixedSize, readPreprocessing } from '../../../src/core/models/readPreprocessing';
import { temporaryFolder } from '../formats/temporary';

const imagenet = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
const clip = {
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
};
const half = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };
const square = (edge: number) => ({ height: edge, width: edge });
const vit: Preprocessing = {
  resize: { kind: 'squash', ...square(224) },
  filter: 'bilinear',
  crop: null,
  scale: 1 / 255,
  mean: [0.5, 0.5, 0.5],
  std: [0.5, 0.5, 0.5],
};
const shortest = { kind: 'shortest', edge: 256 };

/** What a file says, the size of the model's images, and how it is read. */
const readable: [string, object, number, object][] = [
  ['an empty file is ViT', {}, 224, vit],
  [
    'transformers 5',
    {
      image_processor_type: 'ViTImageProcessor',
      size: square(224),
      resample: 2,
      image_mean: half.mean,
      image_std: half.std,
      do_rescale: true,
      rescale_factor: 0.00392156862745098,
      do_convert_rgb: true,
    },
    224,
    vit,
  ],
  ['the fast processor', { image_processor_type: 'ViTImageProcessorFast' }, 224, vit],
  [
    'an old ViT with a bare size',
    { feature_extractor_type: 'ViTFeatureExtractor', size: 384, do_normalize: true, image_mean: half.mean },
    384,
    { ...vit, resize: { kind: 'squash', ...square(384) } },
  ],
  ['a list as size', { size: [32, 48] }, 0, { ...vit, resize: { kind: 'squash', height: 32, width: 48 } }],
  [
    'a DeiT by its defaults',
    { image_processor_type: 'DeiTImageProcessor' },
    224,
    { ...vit, ...half, resize: { kind: 'squash', ...square(256) }, filter: 'bicubic', crop: square(224) },
  ],
  [
    'an old DeiT',
    {
      feature_extractor_type: 'DeiTFeatureExtractor',
      size: 256,
      do_center_crop: true,
      crop_size: 224,
      resample: 3,
      ...{ image_mean: imagenet.mean, image_std: imagenet.std },
    },
    224,
    { ...vit, ...imagenet, resize: { kind: 'squash', ...square(256) }, filter: 'bicubic', crop: square(224) },
  ],
  [
    'a BiT as DINO has it',
    {
      image_processor_type: 'BitImageProcessor',
      size: { shortest_edge: 256 },
      crop_size: square(224),
      resample: 3,
      image_mean: imagenet.mean,
      image_std: imagenet.std,
    },
    224,
    { ...vit, ...imagenet, resize: shortest, filter: 'bicubic', crop: square(224) },
  ],
  [
    'an old CLIP with a bare size',
    { feature_extractor_type: 'CLIPFeatureExtractor', size: 224 },
    224,
    { ...vit, ...clip, resize: { kind: 'shortest', edge: 224 }, filter: 'bicubic', crop: square(224) },
  ],
  ['nearest', { resample: 0 }, 224, { ...vit, filter: 'nearest' }],
  [
    'nothing but a crop',
    { do_resize: false, do_center_crop: true, crop_size: 224, do_rescale: false, do_normalize: false },
    224,
    { resize: null, filter: 'bilinear', crop: square(224), scale: 1, mean: [0, 0, 0], std: [1, 1, 1] },
  ],
  [
    'a ConvNeXt of 224',
    {
      image_processor_type: 'ConvNextImageProcessor',
      crop_pct: 0.875,
      size: { shortest_edge: 224 },
      resample: 3,
      image_mean: imagenet.mean,
      image_std: imagenet.std,
    },
    224,
    { ...vit, ...imagenet, resize: shortest, filter: 'bicubic', crop: square(224) },
  ],
  [
    'an old ConvNeXt of 384, which cuts nothing',
    { feature_extractor_type: 'ConvNextFeatureExtractor', size: 384, crop_pct: 1, resample: 2 },
    384,
    { ...vit, resize: { kind: 'squash', ...square(384) } },
  ],
  [
    'one number for all channels',
    { image_mean: 0.1, image_std: [2] },
    224,
    { ...vit, mean: [0.1, 0.1, 0.1], std: [2, 2, 2] },
  ],
];

async function read(folder: string, content: object) {
  await writeFile(path.join(folder, 'preprocessor_config.json'), JSON.stringify(content));
  const said = await readPreprocessing(folder, undefined);
  return { ...said!, size: fixedSize(said!) };
}

test('old and new files of every processor are read', async (t) => {
  const folder = await temporaryFolder(t);
  for (const [what, content, edge, expected] of readable) {
    const { preprocessing, notes, text, size } = await read(folder, content);
    assert.deepEqual(size, edge ? square(edge) : { height: 32, width: 48 }, what);
    assert.deepEqual(preprocessing, expected, what);
    assert.deepEqual(notes, [], what);
    assert.equal(text, JSON.stringify(content));
  }
});

test('an unknown processor is read as ViT and said to be', async (t) => {
  const content = { image_processor_type: 'MyImageProcessor' };
  const { preprocessing, notes } = await read(await temporaryFolder(t), content);
  assert.deepEqual(preprocessing, vit);
  assert.match(notes[0]!, /the processor MyImageProcessor is read as a ViTImageProcessor/);
});

const wrong: [string, object, RegExp][] = [
  ['no fixed size', { size: { shortest_edge: 224 } }, /makes images of no fixed size/],
  ['no size at all', { do_resize: false }, /makes images of no fixed size/],
  [
    'a longest edge',
    { size: { longest_edge: 224 } },
    /size is \{"longest_edge":224\} but must be a size in pixels/,
  ],
  [
    'a bound of the longest edge',
    { image_processor_type: 'CLIPImageProcessor', size: { shortest_edge: 224, longest_edge: 300 } },
    /size is \{"shortest_edge":224,"longest_edge":300\} but must be without longest_edge/,
  ],
  ['a negative size', { size: -1 }, /size is -1/],
  ['a huge size', { size: 1e9 }, /size is 1000000000/],
  ['half a pixel', { size: { height: 224.5, width: 224 } }, /size is \{"height":224.5/],
  ['Lanczos', { resample: 1 }, /resample is 1 but must be 0 \(nearest\), 2 \(bilinear\) or 3/],
  ['text as filter', { resample: 'constructor' }, /resample is "constructor"/],
  ['no truth value', { do_resize: 1 }, /do_resize is 1 but must be true or false/],
  [
    'a zero deviation',
    { image_std: [0.5, 0, 0.5] },
    /image_std is \[0.5,0,0.5\] but must be three numbers above 0/,
  ],
  ['four channels', { image_mean: [0, 0, 0, 0] }, /image_mean is \[0,0,0,0\] but must be three numbers/],
  ['text as mean', { image_mean: 'x' }, /image_mean is "x"/],
  [
    'a share beyond the whole',
    { image_processor_type: 'ConvNextImageProcessor', size: 224, crop_pct: 1.5 },
    /crop_pct is 1.5 but must be a number above 0 and at most 1/,
  ],
  ['a zero scale', { rescale_factor: 0 }, /rescale_factor is 0 but must be a number above 0/],
];

test('what is wrong is one sentence with file, key and value', async (t) => {
  const folder = await temporaryFolder(t);
  for (const [what, content, message] of wrong) {
    await assert.rejects(read(folder, content), { name: 'UserError', message }, what);
  }
  await writeFile(path.join(folder, 'preprocessor_config.json'), '{');
  await assert.rejects(readPreprocessing(folder, undefined), {
    name: 'UserError',
    message: /no valid JSON/,
  });
});
