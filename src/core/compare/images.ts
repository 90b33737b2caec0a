/** The images of one split, or of all, in split order and then in that of the data. */
import type { CompareSplit } from '../../protocol/compare';
import { type Dataset, requireSplit, splitNames } from '../data/dataset';
import type { PixelSource } from '../finetune/network';

export interface Images extends PixelSource {
  readonly count: number;
}

/** Throws a UserError if the data have no such split. */
export function imagesOf(dataset: Dataset, split: CompareSplit): Images {
  if (split !== 'all') return requireSplit(dataset, split);
  const parts = splitNames.flatMap((name) => dataset.splits[name] ?? []);
  return {
    count: parts.reduce((sum, { count }) => sum + count, 0),
    async pixels(indices, signal) {
      const wanted = Array.from(indices);
      const pieces: { places: number[]; pixels: Uint8Array }[] = [];
      let before = 0;
      for (const part of parts) {
        const [first, end] = [before, before + part.count];
        before = end;
        const places = wanted.flatMap((index, place) => (index >= first && index < end ? [place] : []));
        if (places.length === 0) continue;
        pieces.push({
          places,
          pixels: await part.pixels(
            places.map((place) => wanted[place]! - first),
            signal,
          ),
        });
      }
      const length = pieces[0] ? pieces[0].pixels.length / pieces[0].places.length : 0;
      const all = new Uint8Array(wanted.length * length);
      for (const { places, pixels } of pieces) {
        places.forEach((place, i) => {
          all.set(pixels.subarray(i * length, (i + 1) * length), place * length);
        });
      }
      return all;
    },
  };
}
