/** What a path that a person named means. */
import { access } from 'node:fs/promises';
import path from 'node:path';
import { type DataSettings, dataSettingsOf } from '../../protocol/dataSettings';
import { manifestFile } from '../../protocol/runs';
import { isDumpPath } from '../formats/activationDump';
import { manifestOf } from '../runs/readRun';

export type NamedSide =
  | { readonly kind: 'dump' | 'checkpoint'; readonly path: string }
  | {
      readonly kind: 'run';
      readonly path: string;
      /** The checkpoint that it started from. */
      readonly pretrained: string;
      readonly data: string;
      /** By which its data were split, where they have no splits of their own. */
      readonly seed: number;
      /** How its data were read. */
      readonly reading: DataSettings;
    };

/** A path of any other ending than a dump's is a run or, for the reader of checkpoints to find out, a checkpoint. */
export async function namedSide(place: string): Promise<NamedSide> {
  if (isDumpPath(place)) return { kind: 'dump', path: place };
  const isRun = await access(path.join(place, manifestFile)).then(
    () => true,
    () => false,
  );
  if (!isRun) return { kind: 'checkpoint', path: place };
  const { settings } = await manifestOf(place);
  const { checkpoint: pretrained, data, seed } = settings;
  return { kind: 'run', path: place, pretrained, data, seed, reading: dataSettingsOf(settings) };
}
