/** What is done to an image, in words, one sentence a step. */
import { outputSize } from './preprocess';
import type { Preprocessing } from './preprocessing';

export function preprocessingSteps(preprocessing: Preprocessing): string[] {
  const { resize, crop, filter, fill, scale, mean, std } = preprocessing;
  const { width, height } = outputSize(preprocessing);
  const steps: string[] = ['gray becomes three equal channels, alpha is dropped'];
  if (resize?.kind === 'squash') steps.push(`resized to ${resize.width} x ${resize.height}, ${filter}`);
  if (resize?.kind === 'shortest')
    steps.push(`resized so that the shorter side has ${resize.edge} pixels, ${filter}`);
  if (resize?.kind === 'cover')
    steps.push(`resized until it just covers ${resize.width} x ${resize.height}, ${filter}`);
  if (resize?.kind === 'within')
    steps.push(`resized until it just fits into ${resize.width} x ${resize.height}, ${filter}`);
  if (crop)
    steps.push(
      `the middle ${width} x ${height} is cut out, ${fill ? `rgb(${fill.join(', ')})` : 'black'} where there is none`,
    );
  if (scale !== 1) steps.push(`values times ${scale === 1 / 255 ? '1/255' : scale}`);
  if (mean.some((value) => value !== 0) || std.some((value) => value !== 1))
    steps.push(`minus [${mean.join(', ')}], divided by [${std.join(', ')}]`);
  return steps;
}
