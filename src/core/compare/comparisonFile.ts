/** Where a comparison is kept: by the content of both sides and of the data, and by the settings. */
import packageJson from '../../../package.json';
import { type CompareSettings, compareFolder, compareResultFile } from '../../protocol/compare';
import { resultFile } from '../runs/keptResults';
import type { OpenedSides } from './openSides';

/** The file of the result: in the run that one side is, else in the workspace. */
export function comparisonFile(workspace: string, settings: CompareSettings, sides: OpenedSides): string {
  const { measures, samples, split, layers, limit, seed, runtime } = settings;
  const asked = {
    ...{ version: packageJson.version, measures, samples, layers, limit, seed, runtime },
    ...{ a: sides.a.fingerprint, b: sides.b.fingerprint },
    data: sides.data && { content: sides.data.fingerprint, split, seed: sides.data.seed },
  };
  return resultFile(asked, { workspace, run: sides.run, folder: compareFolder, inRun: compareResultFile });
}
