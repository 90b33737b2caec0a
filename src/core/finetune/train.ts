/** The training itself: step after step, with what is logged, measured and kept between them. */
import type { ReportProgress } from '../../protocol/progress';
import { epochCheckpoint, lastCheckpoint } from '../../protocol/runs';
import type { Group, Groups, HostTensor, Runtime } from '../compute/runtime';
import { isCancellation, UserError } from '../errors';
import { writeCheckpointFiles } from '../models/saveCheckpoint';
import type { RunDirectory } from '../runs/runDirectory';
import { batchFeed } from './batchFeed';
import { logitsWanted, type Network } from './network';
import { createOptimisation, type Optimisation } from './optimisation';
import type { Prepared } from './prepare';
import type { Probe } from './probe';
import { learningRate } from './schedule';
import type { StepMetrics } from './step';
import { taskMetrics } from './taskMetrics';
import { saveTrainingState } from './trainingState';

export interface TrainContext {
  readonly runtime: Runtime;
  readonly prepared: Prepared;
  readonly network: Network;
  readonly run: RunDirectory;
  /** Absent where the validation split is too small for it. */
  readonly probe: Probe | undefined;
  readonly start: { readonly step: number; readonly state: Groups<HostTensor> };
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ReportProgress | undefined;
  /** Told the number of steps done. */
  readonly onStep?: ((done: number) => void) | undefined;
}

/** A checkpoint of the unfinished run is written at the end of an epoch, but not more often than this. */
const checkpointEveryMs = 10_000;
/** Step events in the log of one run, at most about. */
const maxStepEvents = 2000;

/**
 * Trains from `start` to the last step and returns all parameters of the network. Between two steps a cancelled `signal` makes it
 * write checkpoints/last and throw the signal's reason. Throws a UserError when the loss stops being a number, on a batch
 * or on the validation images; the last checkpoint then stays the one before.
 */
export async function train(context: TrainContext): Promise<Group<HostTensor>> {
  const { runtime, prepared, network, start, signal } = context;
  const optimisation = await createOptimisation(runtime, prepared, network, start.state);
  const training = new Training(context, optimisation);
  try {
    await training.run();
    const copies = Object.entries(moved(await optimisation.read())).map(([name, tensor]) => [
      name,
      { ...tensor, data: tensor.data.slice() },
    ]);
    return { ...prepared.checkpoint.parameters, ...Object.fromEntries(copies) };
  } catch (error) {
    if (isCancellation(error, signal)) await training.save();
    throw error;
  } finally {
    await optimisation.dispose();
  }
}

/** What of the network the training has moved, in ordinary memory. */
function moved({ parameters, buffers }: Groups<HostTensor>): Group<HostTensor> {
  return { ...parameters, ...buffers };
}

class Training {
  /** Steps done. */
  private done: number;
  private savedAt = Date.now();

  constructor(
    private readonly context: TrainContext,
    private readonly optimisation: Optimisation,
  ) {
    this.done = context.start.step;
  }

  async run(): Promise<void> {
    const { prepared, signal, onProgress } = this.context;
    const { settings, steps, stepsPerEpoch } = prepared;
    if (this.done === 0) {
      await this.keep(0);
      await this.measureDrift();
    }
    for await (const batch of this.feed()) {
      onProgress?.({
        stage: `Epoch ${batch.epoch + 1} of ${settings.epochs}`,
        done: this.done,
        total: steps,
      });
      signal?.throwIfAborted();
      const metrics = await this.optimisation.step(batch, signal);
      this.log(batch.step, batch.epoch, metrics);
      this.done = batch.step + 1;
      this.context.onStep?.(this.done);
      const isLast = this.done === steps;
      // The backbone of a linear probe stays as it is, and so does its similarity of 1: measured at both ends only.
      if (isLast || (settings.method !== 'linear' && this.done % settings.probeEvery === 0)) {
        await this.measureDrift();
      }
      if (this.done % stepsPerEpoch === 0) {
        await this.validate();
        await this.keep(this.done / stepsPerEpoch);
        if (!isLast && Date.now() - this.savedAt >= checkpointEveryMs) await this.save();
        // Mirror images that have not come yet are worth their forward pass where two more epochs would bring most of them.
        if (steps - this.done >= 2 * stepsPerEpoch) await this.optimisation.keepOnDevice(signal, onProgress);
      }
    }
  }

  /** Writes checkpoints/last as the training is now. */
  async save(): Promise<void> {
    const { run, prepared } = this.context;
    const { checkpoint } = prepared;
    const state = await this.optimisation.read();
    await run.replaceFolder(lastCheckpoint, async (folder) => {
      const parameters = { ...checkpoint.parameters, ...moved(state) };
      await writeCheckpointFiles(folder, checkpoint, parameters, { exact: true });
      await saveTrainingState(folder, state, this.done);
    });
    this.savedAt = Date.now();
    run.append({ type: 'checkpoint', step: this.done, path: lastCheckpoint });
  }

  /** Writes the weights after `epoch` epochs where the run is asked to keep them. */
  private async keep(epoch: number): Promise<void> {
    const { run, prepared } = this.context;
    const { checkpoint, settings } = prepared;
    if (settings.keepCheckpoints === undefined || epoch % settings.keepCheckpoints !== 0) return;
    const parameters = moved(await this.optimisation.read());
    await run.replaceFolder(epochCheckpoint(epoch), (folder) =>
      writeCheckpointFiles(folder, checkpoint, { ...checkpoint.parameters, ...parameters }),
    );
    run.append({ type: 'checkpoint', step: this.done, path: epochCheckpoint(epoch) });
  }

  private feed() {
    const { prepared, signal } = this.context;
    const { settings, checkpoint, splits, stepsPerEpoch, steps } = prepared;
    return batchFeed({
      split: splits.train,
      task: prepared.dataset.task,
      classes: checkpoint.model.classes,
      size: checkpoint.model.input,
      preprocessing: checkpoint.preprocessing,
      settings,
      stepsPerEpoch,
      from: this.done,
      to: steps,
      needsImages: (keys) => this.optimisation.needsImages(keys),
      signal,
    });
  }

  /** Appends the step to the log, and throws if it was not finite. */
  private log(step: number, epoch: number, metrics: StepMetrics): void {
    const { run, prepared } = this.context;
    const { steps } = prepared;
    const lr = this.learningRate(step);
    const { loss, gradientNorm } = metrics;
    const finite = Number.isFinite(loss) && Number.isFinite(gradientNorm);
    const every = Math.max(1, Math.ceil(steps / maxStepEvents));
    if (!finite || (step + 1) % every === 0 || step + 1 === steps) {
      const figures = Object.entries(metrics).map(([name, value]) => [
        name,
        Number.isFinite(value) ? value : null,
      ]);
      const event = { type: 'step' as const, step: step + 1, epoch, lr };
      run.append({ ...event, ...(Object.fromEntries(figures) as Record<keyof StepMetrics, number | null>) });
    }
    if (finite) return;
    throw this.diverged(Number.isFinite(loss) ? 'gradient' : 'loss', step + 1);
  }

  private learningRate(step: number): number {
    const { settings, steps } = this.context.prepared;
    return learningRate({ peak: settings.lr, steps, warmup: settings.warmup }, step);
  }

  /** `step` counts from 1. */
  private diverged(what: 'loss' | 'gradient' | 'validation loss', step: number): UserError {
    const { settings, steps } = this.context.prepared;
    const lr = Number(this.learningRate(step - 1).toPrecision(2));
    return new UserError(
      `The ${what} stopped being a number at step ${step} of ${steps}, at a learning rate of ${lr}: start again with a lower one, for example --lr ${Number((settings.lr / 4).toPrecision(1))}.`,
    );
  }

  private async measureDrift(): Promise<void> {
    const { run, probe, signal } = this.context;
    if (probe === undefined) return;
    const values = await probe.measure(this.optimisation.parameters(), signal);
    run.append({ type: 'probe', step: this.done, n: probe.n, ...values });
  }

  /** Logs loss and accuracy on the validation images; throws if the last step has moved the weights to where there are none. */
  private async validate(): Promise<void> {
    const { run, prepared, network, signal } = this.context;
    const { val } = prepared.splits;
    const all = Int32Array.from({ length: val.count }, (_, i) => i);
    const parameters = this.optimisation.parameters();
    const [logits] = await network.evaluate(parameters, val, all, [logitsWanted], { signal });
    if (!logits!.data.every(Number.isFinite)) throw this.diverged('validation loss', this.done);
    const { task } = prepared.dataset;
    const { loss, accuracy } = taskMetrics(task, logits!.data, val.labels, logits!.d);
    if (accuracy === null) return;
    run.append({ type: 'validation', step: this.done, loss, accuracy, n: val.count });
  }
}
