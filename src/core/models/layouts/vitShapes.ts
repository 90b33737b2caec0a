/** Sizes of a vision transformer read off its tensors. They are checked against all others when the table is matched. */
import { UserError } from '../../errors';
import type { TensorEntry } from '../../formats/tensorSource';
import type { Grid } from '../positions';
import type { VitConfig } from '../vitConfig';
import type { CheckpointFiles } from './layout';
import { checkImage, squareGrid } from './vitGeometry';
import type { VitNames } from './vitTensors';

const maximumSide = 16_384;
const maximumDepth = 1000;

type Measured = Pick<
  VitConfig,
  | 'channels'
  | 'width'
  | 'depth'
  | 'mlpWidth'
  | 'swiglu'
  | 'patch'
  | 'patchBias'
  | 'attentionBias'
  | 'layerScale'
>;

/** Throws a UserError if a tensor that shows a size is missing or is of no shape that it may have. */
export function measureVit(
  { path }: CheckpointFiles,
  found: ReadonlyMap<string, TensorEntry>,
  names: VitNames,
): Measured {
  const block = names.block(0);
  const extents = (key: string, rank: number): readonly number[] => {
    const entry = found.get(key);
    if (entry === undefined)
      throw new UserError(
        `${path} lacks ${key}, which shows the sizes of the network: give the weights of a whole vision transformer.`,
      );
    const { name, shape } = entry;
    if (shape.length !== rank || shape.some((extent) => extent < 1 || extent > 3 * maximumSide)) {
      throw new UserError(
        `Tensor ${name} of ${path} has shape [${shape}], which is not that of a vision transformer. Check the file.`,
      );
    }
    return shape;
  };
  const [width, channels, height, patchWidth] = extents(`${names.patch}.weight`, 4) as [
    number,
    number,
    number,
    number,
  ];
  const [inner] = extents(`${block}${names.fc1}.weight`, 2) as [number, number];
  const [, mlpWidth] = extents(`${block}${names.fc2}.weight`, 2) as [number, number];
  let depth = 1;
  while (depth < maximumDepth && found.has(`${names.block(depth)}${names.norm1}.weight`)) depth++;
  return {
    // Others are found wrong when the table is matched.
    channels: channels === 1 ? 1 : 3,
    width,
    depth,
    mlpWidth,
    swiglu: inner === 2 * mlpWidth,
    patch: { height, width: patchWidth },
    patchBias: found.has(`${names.patch}.bias`),
    attentionBias: found.has(`${block}${names.qkv[0]}${names.qkvJoiner ?? '.'}bias`),
    layerScale: names.scale1 !== undefined && found.has(block + names.scale1),
  };
}

/**
 * The grid of the stored positions, and how many prefix tokens have one: the first of `prefixes` that leaves the grid
 * `known`, or else a square. Throws a UserError if there is none.
 */
export function gridOf(
  { path }: CheckpointFiles,
  found: ReadonlyMap<string, TensorEntry>,
  names: VitNames,
  prefixes: readonly number[],
  patch: VitConfig['patch'],
  known?: Grid,
): { readonly grid: Grid; readonly prefix: number } {
  const entry = found.get(names.position);
  const rows = entry?.shape.at(-2);
  if (entry === undefined || rows === undefined) {
    throw new UserError(
      `${path} lacks ${names.position}: networks without learned positions are not read. Give one that has them.`,
    );
  }
  const exact = prefixes.find(
    (prefix) => known !== undefined && rows - prefix === known.rows * known.columns,
  );
  if (exact !== undefined) return { grid: known!, prefix: exact };
  for (const prefix of prefixes) {
    const grid = squareGrid(rows - prefix);
    if (grid === undefined) continue;
    checkImage(
      { height: grid.rows * patch.height, width: grid.columns * patch.width },
      patch,
      `${path}: images of`,
    );
    return { grid, prefix };
  }
  throw new UserError(
    `Tensor ${entry.name} of ${path} has ${rows} positions, which are no square of patches: say the size of the images in config.json ("model_args": {"img_size": [height, width]}).`,
  );
}
