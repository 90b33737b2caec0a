/** Training with a batch that the device has memory for. */
import { OutOfMemoryError } from '../compute/deviceErrors';
import type { Group, HostTensor } from '../compute/runtime';
import { type Prepared, withBatch } from './prepare';
import { type TrainContext, train } from './train';

/**
 * As `train`; where the first step of a new run finds too little memory, it begins again with batches of half as many images, down to one.
 * `onHalved` is told before. A run that has steps behind it keeps its batch, for the order of its images depends on it: it fails and
 * can be resumed where there is more memory.
 */
export async function trainFitting(
  context: TrainContext,
  onHalved: (prepared: Prepared, message: string) => Promise<void>,
): Promise<{ readonly finetuned: Group<HostTensor>; readonly prepared: Prepared }> {
  let { prepared } = context;
  let done = context.start.step;
  const onStep = (step: number) => {
    done = step;
    context.onStep?.(step);
  };
  for (;;) {
    try {
      return { finetuned: await train({ ...context, prepared, onStep }), prepared };
    } catch (error) {
      const { batch } = prepared.settings;
      if (!(error instanceof OutOfMemoryError) || done > 0 || batch === 1) throw error;
      prepared = withBatch(prepared, Math.floor(batch / 2));
      await onHalved(
        prepared,
        `There is too little memory for batches of ${batch} images: this run takes ${prepared.settings.batch}, with the learning rate as it was.`,
      );
    }
  }
}
