/** The jobs that the engine does, loaded with all they need at the first request. */
import { compare } from '../core/compare/compare';
import { finetune, resumeFinetune } from '../core/finetune/finetune';
import { landscape } from '../core/landscape/landscape';
import { checkpointStatistics, inspectCheckpoint } from '../core/models/inspectCheckpoint';
import { analyseSharpness } from '../core/sharpness/analyseSharpness';
import { measures } from '../core/similarity/measures';
import type { EngineWork } from './serve';

export const engineWork: EngineWork = {
  finetune,
  resume: resumeFinetune,
  compare,
  sharpness: analyseSharpness,
  landscape: (request, { onLandscapeChanged, ...context }) =>
    landscape(request, { ...context, onChanged: onLandscapeChanged }),
  inspectCheckpoint: ({ file }) => inspectCheckpoint(file),
  tensorStatistics: checkpointStatistics,
  /** Descriptions alone: a function does not travel between processes. */
  measures: async () => measures.map(({ compare: _, ...description }) => description),
};
