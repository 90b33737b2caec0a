/** The jobs that the engine does, loaded with all they need at the first request. */
import { compare } from '../core/compare/compare';
import { findInstallable } from '../core/compute/install/findInstallable';
import { removeRuntime } from '../core/compute/install/removeRuntime';
import { runtimeLocations } from '../core/compute/locations';
import { installAndTry } from '../core/compute/probe/installAndTry';
import { linkRuntime } from '../core/compute/probe/linkRuntime';
import { probeRuntimes } from '../core/compute/probe/runtimes';
import { previewData } from '../core/data/inspect/previewData';
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
  inspectData: previewData,
  runtimes: ({ refresh }, { signal, onProgress }) =>
    probeRuntimes(runtimeLocations(), {
      ...(signal && { signal }),
      refresh: refresh ?? false,
      onProbe: (name) => onProgress?.({ stage: `Trying ${name}`, done: 0, total: 0 }),
    }),
  installRuntime: ({ id, file }, context) =>
    installAndTry(findInstallable(id), runtimeLocations(), {
      ...context,
      ...(file !== undefined && { file }),
    }),
  removeRuntime: ({ id }) => removeRuntime(id, runtimeLocations().managed),
  linkPython: ({ python }, context) => linkRuntime(python, runtimeLocations(), context),
  /** Descriptions alone: a function does not travel between processes. */
  measures: async () => measures.map(({ compare: _, ...description }) => description),
};
