/** Looks at every image of an .npz in MedMNIST layout. */
import { openNpz } from '../../formats/npz';
import { hashPixels } from '../imageAbout';
import { imageOf } from '../npzImages';
import { type NpzOptions, openNpzLayout, readEntries } from '../npzLayout';
import { preprocess } from '../preprocess';
import type { Inspected, InspectedImage } from './inspected';

export async function inspectNpz(file: string, options: NpzOptions): Promise<Inspected> {
  const { signal, onProgress } = options;
  const npz = await openNpz(file);
  try {
    const layout = await openNpzLayout(npz, file, options);
    const { classes, task, splits } = layout;
    const images: InspectedImage[] = [];
    const numbers: number[] = [];
    const total = splits.reduce((sum, { shape }) => sum + shape.count, 0);
    for (const { name, shape, labels } of splits) {
      const several = shape.slices.length > 1;
      const { width, height, channels } = shape;
      const all = Array.from({ length: shape.count }, (_, i) => i);
      await readEntries(npz, `${name}_images`, shape, all, signal, async (index, entry) => {
        const row = Math.floor(index / shape.slices.length);
        const slice = index % shape.slices.length;
        const image = imageOf(entry, shape, slice);
        images.push({
          split: name,
          place: `${name}_images[${row}]${several ? ` slice ${slice + 1} of ${shape.slices.length}` : ''}`,
          classes: classesOf(labels, index, task === 'multi-label' ? classes.length : 1),
          about: {
            format: 'NPZ',
            width,
            height,
            channels,
            bits: 8,
            hash: hashPixels(width, height, channels, image.data),
            dark: false,
          },
        });
        numbers.push(index);
        if (images.length % 1000 === 0 || images.length === total)
          onProgress?.({ stage: 'Reading images', done: images.length, total });
      });
    }
    return {
      task,
      classes,
      images,
      drawn: [],
      groups: null,
      skipped: [],
      ignored: 0,
      fingerprint: await layout.fingerprint(),
      async load(index, preprocessing) {
        const { split } = images[index]!;
        const { shape } = splits.find(({ name }) => name === split)!;
        const number = numbers[index]!;
        const row = Math.floor(number / shape.slices.length);
        const rows = await npz.readRows(`${split}_images`, row, 1, signal);
        const entry = new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength);
        return preprocess(imageOf(entry, shape, number % shape.slices.length), preprocessing);
      },
      dispose: () => npz.close(),
    };
  } catch (error) {
    await npz.close();
    throw error;
  }
}

function classesOf(labels: Int32Array, index: number, perImage: number): number[] {
  if (perImage === 1) return [labels[index]!];
  const row = labels.subarray(index * perImage, (index + 1) * perImage);
  return [...row.entries()].flatMap(([label, on]) => (on ? [label] : []));
}
