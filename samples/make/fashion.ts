/**
 * Makes samples/fashion.npz: images of the task that the sample model was pretrained on, so that the demo can tell how much
 * of the old ability is left: 100 images a class to compare with (train) and 50 a class to ask about (test).
 *
 *   node --import tsx samples/make/fashion.ts FOLDER
 *
 * FOLDER holds the four files of Fashion-MNIST: /usr/share/datasets/fashion-mnist of Debian's dataset-fashion-mnist.
 */
import path from 'node:path';
import { createRandom } from '../../src/core/random';
import { readFashion } from './fashionFiles';
import { type ByteArray, writeNpz } from './npzWriter';

function balancedSubset(
  folder: string,
  part: 'train' | 't10k',
  perClass: number,
  seed: number,
): Record<'images' | 'labels', ByteArray> {
  const { images, labels, count, size } = readFashion(folder, part);
  const taken = new Array<number>(10).fill(0);
  const chosen = [...createRandom(seed).permutation(count)].filter((i) => taken[labels[i]!]++ < perClass);
  const data = new Uint8Array(chosen.length * size * size);
  chosen.forEach((from, to) => {
    data.set(images.subarray(from * size * size, (from + 1) * size * size), to * size * size);
  });
  return {
    images: { shape: [chosen.length, size, size], data },
    labels: { shape: [chosen.length, 1], data: Uint8Array.from(chosen, (i) => labels[i]!) },
  };
}

async function main(): Promise<void> {
  const folder = process.argv[2];
  if (!folder) throw new Error('Name the folder that holds the files of Fashion-MNIST.');
  const train = balancedSubset(folder, 'train', 100, 1);
  const test = balancedSubset(folder, 't10k', 50, 2);
  await writeNpz(path.join(__dirname, '..', 'fashion.npz'), {
    train_images: train.images,
    train_labels: train.labels,
    test_images: test.images,
    test_labels: test.labels,
  });
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
