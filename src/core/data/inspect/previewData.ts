/** What the panel "Preview Data" shows: all facts of a data set, and examples of every class as a network would see them. */
import path from 'node:path';
import {
  type InspectDataParams,
  type InspectDataReply,
  mostExampleBytes,
  mostExamplesOfClass,
} from '../../../protocol/dataPanel';
import type { Inspection, InspectionExample } from '../../../protocol/inspection';
import type { JobContext } from '../../job';
import { loadCheckpoint } from '../../models/checkpoint';
import { outputSize } from '../preprocess';
import type { Preprocessing } from '../preprocessing';
import { inspectDataset } from './inspectDataset';

/** Without a checkpoint: whole enough to be recognised, and small. */
const neutral: Preprocessing = {
  resize: { kind: 'shortest', edge: 96 },
  filter: 'bilinear',
  crop: { height: 96, width: 96 },
  scale: 1 / 255,
  mean: [0, 0, 0],
  std: [1, 1, 1],
};

/** Classes are counted before pictures are chosen; this many are reckoned with until then. */
const usualClasses = 10;

/** Paths are relative to the workspace. Throws UserError where the data or the checkpoint cannot be read. */
export async function previewData(
  { data, checkpoint: given }: InspectDataParams,
  { workspace, signal, onProgress }: JobContext,
): Promise<InspectDataReply> {
  const loaded =
    given === undefined ? undefined : await loadCheckpoint(path.resolve(workspace, given), signal);
  const preprocessing = loaded?.preprocessing ?? neutral;
  const size = outputSize(preprocessing);
  const bytes = 3 * size.width * size.height;
  const ofClass = Math.floor(mostExampleBytes / bytes / usualClasses);
  const { inspection, examples } = await inspectDataset(path.resolve(workspace, data), {
    seed: 0,
    ...(loaded && { checkpoint: { place: loaded.folder, preprocessing } }),
    examples: { ofClass: Math.min(mostExamplesOfClass, Math.max(1, ofClass)), preprocessing },
    signal,
    onProgress,
  });
  return { inspection, size, examples: [...bounded(inspection, examples, bytes)] };
}

/** As many as may be sent, first the first example of every class, then the second. */
function bounded(
  { classes }: Inspection,
  examples: readonly InspectionExample[],
  bytes: number,
): readonly InspectionExample[] {
  const most = Math.max(1, Math.floor(mostExampleBytes / bytes));
  if (examples.length <= most) return examples;
  const seen = classes.map(() => 0);
  const ranked = examples.map((example) => ({ example, rank: seen[example.classes[0] ?? 0]!++ }));
  const chosen = new Set(
    ranked
      .sort((a, b) => a.rank - b.rank)
      .slice(0, most)
      .map(({ example }) => example),
  );
  return examples.filter((example) => chosen.has(example));
}
