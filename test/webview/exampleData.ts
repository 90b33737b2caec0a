/** A data set as the preview gets it, with everything that can be wrong. */
import type { DataSnapshot } from '../../src/protocol/dataPanel';

const size = { width: 4, height: 4 };

/** A square of one colour. */
function picture(red: number, green: number, blue: number): string {
  const pixel = [red, green, blue];
  return Buffer.from(Array.from({ length: 16 }, () => pixel).flat()).toString('base64');
}

export function readSnapshot(classes: readonly string[] = ['kidney', 'liver', 'spleen']): DataSnapshot {
  const example = (index: number, red: number) => ({
    split: 'train' as const,
    path: `train/${index}/${red}.png`,
    classes: [index],
    pixels: picture(red, 40 * index, 90),
  });
  return {
    type: 'data',
    choice: { data: '/data/organs', checkpoint: '/models/vit' },
    name: 'organs',
    checkpointName: 'vit',
    state: 'done',
    result: {
      size,
      examples: classes.flatMap((_, index) => [example(index, 200), example(index, 20)]),
      inspection: {
        path: '/data/organs',
        kind: 'folder',
        task: 'multi-class',
        classes: [...classes],
        splits: [
          {
            name: 'train',
            images: 1210,
            classCounts: classes.map((_, i) => [1200, 10][i] ?? 0),
            drawn: false,
          },
          { name: 'test', images: 30, classCounts: classes.map(() => 10), drawn: true },
        ],
        groups: { by: 'patient', count: 61 },
        formats: [{ format: 'PNG', images: 1240 }],
        depths: [{ channels: 1, bits: 16, images: 1240 }],
        sizes: {
          smallest: { width: 64, height: 60 },
          largest: { width: 512, height: 400 },
          different: 2,
          common: [
            { width: 512, height: 400, images: 1239 },
            { width: 64, height: 60, images: 1 },
          ],
        },
        skipped: { count: 1, first: [{ path: 'train/liver/7.png', reason: 'it is cut off' }] },
        ignored: 2,
        dark: 4,
        duplicates: {
          within: 1,
          across: 3,
          contradictory: 1,
          first: [
            [
              { split: 'train', path: 'train/kidney/1.png', classes: [0] },
              { split: 'test', path: 'test/liver/1.png', classes: [1] },
            ],
          ],
        },
        fingerprint: 'f',
        preprocessing: {
          checkpoint: '/models/vit',
          steps: ['resize the shorter side to 4 pixels (bilinear)', 'crop 4 x 4 from the centre'],
          input: size,
        },
        medmnist: null,
      },
    },
  };
}
