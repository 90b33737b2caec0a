/** A runtime that is opened when something has to run: comparing dumps, or finding a result that was kept, needs none. */
import type { RuntimeChoice, RuntimeName } from '../../protocol/runtime';
import { openRuntime } from '../compute/open';
import type { Runtime } from '../compute/runtime';

export interface LazyRuntime {
  readonly open: () => Promise<Runtime>;
  /** Undefined while none was opened. */
  name(): RuntimeName | undefined;
  /** What was done elsewhere than was asked for. */
  fallbacks(): readonly string[];
  dispose(): Promise<void>;
}

export function lazyRuntime(settings: {
  readonly runtime: RuntimeChoice;
  readonly threads?: number | undefined;
}): LazyRuntime {
  let opening: Promise<Runtime> | undefined;
  let opened: Runtime | undefined;
  return {
    async open() {
      const { runtime, threads } = settings;
      opening ??= openRuntime(runtime, threads === undefined ? {} : { threads });
      opened = await opening;
      return opened;
    },
    name: () => opened?.name,
    fallbacks: () => opened?.fallbacks ?? [],
    dispose: async () => opened?.dispose(),
  };
}
