/** The packed extension that these tests install, and the sample that they finetune. */
import { execFileSync } from 'node:child_process';
import path from 'node:path';

export const root = path.resolve(__dirname, '../../..');

/** The .vsix that `npm test` has packed for all test files (`REPSIM_VSIX`), or one packed now. */
export function packedExtension(): string {
  if (process.env.REPSIM_VSIX) return process.env.REPSIM_VSIX;
  const vsix = path.join(root, 'test-results/repsim.vsix');
  execFileSync(process.execPath, ['scripts/package.mjs', '--out', vsix], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return vsix;
}

export const sample = {
  checkpoint: { from: path.join(root, 'samples/fashion-vit-tiny') },
  data: { from: path.join(root, 'samples/brainregion.npz') },
};
