/** `repsim demo`: the main job on the bundled sample. Full finetuning and RepSim from the same start, compared. */
import path from 'node:path';
import { renderReport } from '../../webview/report/report';
import { finetune } from '../core/finetune/finetune';
import { readRun } from '../core/runs/readRun';
import { type Change, changeBetween, lossWarnings } from '../protocol/comparison';
import type { FinetuneResult } from '../protocol/runs';
import type { FinetuneRequest, Method } from '../protocol/settings';
import type { Job, JobOptions } from './job';
import { writeReport } from './report';
import { runTable } from './runTable';
import { alignColumns } from './textTable';

export interface DemoOptions {
  readonly out: string;
}

export interface DemoResult {
  readonly full: FinetuneResult;
  readonly repsim: FinetuneResult;
  readonly report: string;
  readonly change: Change;
}

/** The folder of the samples: beside `dist/` where this file is bundled to. */
const samples = path.join(__dirname, '..', 'samples');

/** The rate suits a network this small; both methods have the same one, the same data order and the same seed. */
function demoRequest(method: Method, options: JobOptions): FinetuneRequest {
  return {
    checkpoint: path.join(samples, 'fashion-vit-tiny'),
    data: path.join(samples, 'brainregion.npz'),
    oldData: path.join(samples, 'fashion.npz'),
    method,
    lambda: 0.5,
    lr: 2e-3,
    epochs: 15,
    batch: 32,
    ...(options.seed !== undefined && { seed: options.seed }),
    ...(options.threads !== undefined && { threads: options.threads }),
    ...(options.runtime !== undefined && { runtime: options.runtime }),
  };
}

export async function demo(options: DemoOptions & JobOptions, job: Job): Promise<DemoResult> {
  const finetuneWith = (method: Method, title: string): Promise<FinetuneResult> =>
    finetune(demoRequest(method, options), {
      workspace: process.cwd(),
      signal: job.signal,
      onProgress: (progress) => job.report({ ...progress, stage: `${title}: ${progress.stage}` }),
      onRunChanged: job.setRun,
    });
  const full = await finetuneWith('full', 'Full finetuning');
  const repsim = await finetuneWith('repsim', 'RepSim');
  const change = changeBetween(full, repsim);
  const report = await writeReport(path.resolve(options.out, 'report.html'), await demoReport(full, repsim));
  job.say(
    `\n${runTable([
      { name: 'full', result: full },
      { name: 'RepSim', result: repsim },
    ])}\n`,
  );
  job.say(`RepSim against full finetuning, on one person's brain and one seed:\n${changeTable(change)}`);
  for (const warning of lossWarnings(full, repsim)) job.say(`Note: ${warning}`);
  job.say(`\nReport: ${report}`);
  return { full, repsim, report, change };
}

/** The names of the report are those of the methods, whatever the runs are called. */
async function demoReport(full: FinetuneResult, repsim: FinetuneResult): Promise<string> {
  const named = [
    { name: 'Full finetuning', result: full },
    { name: 'RepSim', result: repsim },
  ];
  const runs = await Promise.all(
    named.map(async ({ name, result }) => ({ ...(await readRun(result.run)), name, result })),
  );
  return renderReport({ title: 'RepSim on the bundled sample', runs, reproduce: 'repsim demo' });
}

function changeTable({ similarity, sharpness, accuracy }: Change): string {
  const signed = (value: number | null, scale: number, unit: string): string =>
    value === null ? 'not defined' : `${value >= 0 ? '+' : ''}${(scale * value).toFixed(1)}${unit}`;
  return alignColumns([
    ['  CKA of the final embedding to the pretrained model', signed(similarity, 100, ' %')],
    ['  SAM worst case on held-out images', signed(sharpness, 100, ' %')],
    ['  balanced accuracy', signed(accuracy, 100, ' points')],
  ]);
}
