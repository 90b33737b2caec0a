/** Links the TensorFlow of a Python and tries it. */
import type { ReportProgress } from '../../../protocol/progress';
import type { RuntimeReport } from '../../../protocol/runtime';
import { UserError } from '../../errors';
import { type RuntimeLocations, runtimesFolder } from '../locations';
import { linkPythonTensorFlow } from '../tensorflow/link';
import { probeRuntimes } from './runtimes';

export interface LinkRuntimeOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ReportProgress | undefined;
}

/** Throws a UserError that says which part is missing, or why what was linked does not work. */
export async function linkRuntime(
  python: string,
  locations: RuntimeLocations,
  { signal, onProgress }: LinkRuntimeOptions = {},
): Promise<RuntimeReport> {
  const runtimes = runtimesFolder(locations);
  const linked = await linkPythonTensorFlow(python, { runtimes, signal, onProgress });
  // What was linked, wherever else a TensorFlow may be found.
  const report = await probeRuntimes(
    { ...locations, path: linked.folder },
    { signal, onProbe: (name) => onProgress?.({ stage: `Trying ${name}`, done: 0, total: 0 }) },
  );
  const tensorFlow = report.runtimes.find(({ name }) => name === 'tensorflow')!;
  if (tensorFlow.available) return tensorFlow;
  throw new UserError(
    `TensorFlow ${linked.version} was linked but does not work, because ${tensorFlow.why}: ${tensorFlow.fix}.`,
  );
}
