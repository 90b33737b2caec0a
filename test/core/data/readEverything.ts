/** Reads all training images of a data set twice and prints by how much the memory of this process has grown. */
import { requireSplit } from '../../../src/core/data/dataset';
import { openDataset } from '../../../src/core/data/openDataset';
import type { Preprocessing } from '../../../src/core/data/preprocessing';

const preprocessing: Preprocessing = {
  resize: { kind: 'squash', height: 64, width: 64 },
  filter: 'bilinear',
  crop: null,
  scale: 1 / 255,
  mean: [0, 0, 0],
  std: [1, 1, 1],
};

async function main(path: string): Promise<void> {
  const before = process.memoryUsage.rss();
  let highest = before;
  const dataset = await openDataset(path, preprocessing, { seed: 0, memoryBytes: 64e6 });
  const train = requireSplit(dataset, 'train');
  const expected = new Uint8Array(64 * 3 * 64 * 64).fill(100);
  let read = 0;
  for (let pass = 0; pass < 2; pass++) {
    for (let start = 0; start < train.count; start += 64) {
      const count = Math.min(64, train.count - start);
      const pixels = await train.pixels(Int32Array.from({ length: count }, (_, i) => start + i));
      if (Buffer.compare(pixels, expected.subarray(0, pixels.length)) !== 0)
        throw new Error('These are not the pixels that were written');
      read += count;
      highest = Math.max(highest, process.memoryUsage.rss());
    }
  }
  await dataset.dispose();
  process.stdout.write(JSON.stringify({ read, grownMegabytes: Math.round((highest - before) / 1e6) }));
}

main(process.argv[2]!).catch((error) => {
  process.stderr.write(`${error}\n`);
  process.exitCode = 1;
});
