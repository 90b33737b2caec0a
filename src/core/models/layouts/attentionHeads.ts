/** The number of attention heads, which no tensor tells. */
import { UserError } from '../../errors';
import { ConfigReader } from '../configReader';
import type { CheckpointFiles } from './layout';

export interface HeadCount {
  readonly heads: number;
  /** What the person should know about how it was found. */
  readonly notes: readonly string[];
}

/** Published networks have 64 values a head; the large ones of these widths have 16 heads. */
const sixteenHeads: readonly number[] = [1152, 1280, 1408, 1664];

/**
 * `num_heads` of config.json, where it stands beside no model_type, or what published networks of that width have, with a
 * note. Throws a UserError if neither can be.
 */
export function headCount({ config, path }: CheckpointFiles, width: number): HeadCount {
  const key = 'num_heads';
  if (config !== undefined && config.value[key] !== undefined) {
    const heads = new ConfigReader(config).integer(key, 0, 1, width);
    if (width % heads !== 0) {
      throw new UserError(
        `${config.path}: the width ${width} cannot be divided among ${key} ${heads}. Correct it.`,
      );
    }
    return { heads, notes: [] };
  }
  const heads = usualHeads(width);
  const put = 'a file config.json with {"num_heads": N} beside it';
  if (heads === undefined) {
    throw new UserError(
      `${path} does not say how many attention heads it has, and its width ${width} is that of no published network. Put ${put}.`,
    );
  }
  return {
    heads,
    notes: [
      `${path} does not say how many attention heads it has: ${heads} are taken, as published networks of width ${width} have. If that is wrong, put ${put}.`,
    ],
  };
}

/** What published networks of that width have; undefined if there are none. */
function usualHeads(width: number): number | undefined {
  if (sixteenHeads.includes(width)) return 16;
  return width % 64 === 0 ? width / 64 : undefined;
}
