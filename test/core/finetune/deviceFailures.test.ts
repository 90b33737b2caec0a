/** A run on a device that has too little memory, that is lost, or that leaves work to another: what becomes of the run. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { deviceError } from '../../../src/core/compute/deviceErrors';
import { openRuntime } from '../../../src/core/compute/open';
import type { Program, Runtime, Signature } from '../../../src/core/compute/runtime';
import { resumeFinetune } from '../../../src/core/finetune/finetune';
import { readRun } from '../../../src/core/runs/readRun';
import { runOn } from './runOn';

/** As WebGPU tells it. */
const memoryMessage =
  'WebGPU validation failed. [Invalid Buffer (unlabeled)] is invalid due to a previous error.';

/**
 * The CPU, where a training step may be refused before it is done; steps are counted from 0. So is the loss of more than `mostLoss` images
 * with its derivatives.
 */
async function refusing(
  refusal: (batch: number, step: number) => string | undefined,
  fallbacks: readonly string[] = [],
  mostLoss = Number.POSITIVE_INFINITY,
): Promise<Runtime> {
  const runtime = await openRuntime('onnx-cpu', { threads: 1 });
  const wrap = (program: Program, { batch, scalars }: Signature): Program => {
    let step = 0;
    const images = batch!.targets!.shape[0]!;
    return {
      async run(inputs) {
        const message = scalars ? refusal(images, step++) : images > mostLoss ? memoryMessage : undefined;
        if (message) throw deviceError(new Error(message), 'onnx-webgpu');
        return program.run(inputs);
      },
      dispose: () => program.dispose(),
    };
  };
  return {
    ...{ name: runtime.name, device: runtime.device, fallbacks },
    async compile(fn, signature, options) {
      const program = await runtime.compile(fn, signature, options);
      return signature.batch?.targets ? wrap(program, signature) : program;
    },
    upload: (host) => runtime.upload(host),
    dispose: () => runtime.dispose(),
  };
}

const notesOf = (events: readonly { type: string }[]) =>
  events.flatMap((event) => ('message' in event && event.type === 'note' ? [event.message as string] : []));

test('the largest batch that fits is found by halving, and the run says so', async (t) => {
  const runtime = await refusing((batch) => (batch > 4 ? memoryMessage : undefined));
  const { folder, result } = await runOn(t, runtime, { batch: 18 });
  const { notes } = await result;
  const { manifest, events, state } = await readRun(folder);
  assert.equal(state, 'finished');
  // 18, 9, 4
  assert.equal(manifest.settings.batch, 4);
  assert.equal(notesOf(events).length, 2);
  assert.match(notes![0]!, /^There is too little memory for batches of 18 images: this run takes 9/);
  assert.match(notes![1]!, /batches of 9 images: this run takes 4/);
  const started = events.filter((event) => event.type === 'started').at(-1);
  assert.ok(started?.type === 'started');
  assert.deepEqual([started.steps, started.stepsPerEpoch], [9, 9]);
  assert.equal(events.filter(({ type }) => type === 'step').length, 9);
});

test('sharpness is measured in the largest batches that fit, and comes out the same', async (t) => {
  const measured = async (mostLoss: number) => {
    const runtime = await refusing(() => undefined, [], mostLoss);
    return (await runOn(t, runtime, { method: 'linear', batch: 12, sharpnessSize: 20 })).result;
  };
  const whole = await measured(48);
  const halved = await measured(6);
  assert.equal(whole.notes, undefined);
  assert.deepEqual(
    halved.notes?.map((note) =>
      /loss of (\d+) images at once: it is computed in batches of (\d+)/.exec(note)?.slice(1),
    ),
    [
      ['48', '24'],
      ['24', '12'],
      ['12', '6'],
    ],
  );
  assert.equal(halved.sharpness.heldOut.n, whole.sharpness.heldOut.n);
  for (const part of ['heldOut', 'train'] as const) {
    const [a, b] = [halved.sharpness[part].topEigenvalue!, whole.sharpness[part].topEigenvalue!];
    assert.ok(Math.abs(a - b) < 1e-3 * Math.abs(b), `${a} and ${b}`);
  }
});

test('without memory for one image, and after steps were done, the run fails with a sentence', async (t) => {
  const never = await refusing(() => memoryMessage);
  const first = await runOn(t, never, { batch: 2 });
  await assert.rejects(first.result, /too little memory/);
  assert.equal((await readRun(first.folder)).manifest.settings.batch, 1);

  const later = await refusing((_batch, step) => (step >= 1 ? memoryMessage : undefined));
  const second = await runOn(t, later, { batch: 12 });
  await assert.rejects(second.result, /too little memory/);
  const { manifest, state, events } = await readRun(second.folder);
  assert.equal(state, 'failed');
  assert.equal(manifest.settings.batch, 12);
  assert.equal(events.filter(({ type }) => type === 'step').length, 1);
});

test('a lost device stops the run with a sentence, and it can be resumed', async (t) => {
  const runtime = await refusing((_batch, step) => (step >= 1 ? 'WebGPU device lost (1)' : undefined));
  const { workspace, folder, result } = await runOn(t, runtime, { batch: 12 });
  await assert.rejects(result, /The GPU stopped answering \(onnx-webgpu\).*resume the run/);
  assert.equal((await readRun(folder)).state, 'failed');
  const resumed = await resumeFinetune(folder, { workspace });
  assert.equal(resumed.run, folder);
  assert.equal((await readRun(folder)).state, 'finished');
});

test('what was done elsewhere is noted and recorded', async (t) => {
  const sentence = 'The runtime onnx-webgpu did not open, onnx-cpu is used: no adapter.';
  const runtime = await refusing(() => undefined, [sentence]);
  const { folder, result } = await runOn(t, runtime, { method: 'linear' });
  const { notes } = await result;
  const { manifest, events } = await readRun(folder);
  assert.deepEqual(manifest.runtime.fallbacks, [sentence]);
  assert.deepEqual(notesOf(events), [sentence]);
  assert.deepEqual(notes, [sentence]);
});
