/** Sizes of a vision transformer that a config.json or its tensors claim, checked before anything is made of them. */
import { UserError } from '../../errors';
import type { Grid } from '../positions';
import { patchGrid, type VitConfig } from '../vitConfig';

type Size = VitConfig['image'];

const maximumTokens = 65_536;

/** Throws a UserError unless `image` is whole patches, and not too many. `what`: where the size comes from. */
export function checkImage(image: Size, patch: Size, what: string): void {
  if (image.height % patch.height !== 0 || image.width % patch.width !== 0) {
    const whole = (side: number, step: number): number => Math.max(1, Math.floor(side / step)) * step;
    const fitting = { height: whole(image.height, patch.height), width: whole(image.width, patch.width) };
    throw new UserError(
      `${what} ${text(image)} is no multiple of patch_size ${text(patch)}. Make it one, such as ${text(fitting)}.`,
    );
  }
  const { rows, columns } = patchGrid({ image, patch });
  if (rows * columns > maximumTokens) {
    throw new UserError(
      `${what} ${text(image)}: ${rows}x${columns} patches an image are more than ${maximumTokens}. Give smaller images.`,
    );
  }
}

/**
 * The size of images to use: `input`, which the preprocessing makes, or the one that the network was made for. Throws a
 * UserError unless it is whole patches.
 */
export function imageSize(input: Size | undefined, own: Size, patch: Size): Size {
  if (input !== undefined)
    checkImage(input, patch, 'The preprocessing of the checkpoint makes images of a size that does not fit:');
  return input ?? own;
}

/** The side of a square grid of `positions`; undefined if there is none. */
export function squareGrid(positions: number): Grid | undefined {
  const side = Math.round(Math.sqrt(positions));
  return side > 0 && side * side === positions ? { rows: side, columns: side } : undefined;
}

/** What a person should know where the stored positions are of another grid than that of the images. */
export function resamplingNotes(
  { image, patch, positions }: Pick<VitConfig, 'image' | 'patch' | 'positions'>,
  library: string,
): string[] {
  const { rows, columns } = patchGrid({ image, patch });
  const { grid } = positions;
  if (grid.rows === rows && grid.columns === columns) return [];
  return [
    `Images have ${text(image)} pixels, the checkpoint was made for ${grid.rows * patch.height}x${grid.columns * patch.width}: ` +
      `its ${grid.rows}x${grid.columns} position embeddings are interpolated to ${rows}x${columns} as ${library} does. ` +
      'They are trained and saved in their own size.',
  ];
}

export function text({ height, width }: Size): string {
  return `${height}x${width}`;
}
