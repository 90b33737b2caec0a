/** `repsim runtimes`: what can execute the computations on this machine, and linking an installed Python TensorFlow. */

import { runtimeLocations } from '../core/compute/locations';
import { linkRuntime } from '../core/compute/probe/linkRuntime';
import { probeRuntimes } from '../core/compute/probe/runtimes';
import { RequestError } from '../core/errors';
import { type RuntimeReport, type RuntimesReport, runtimeEnvironment } from '../protocol/runtime';
import type { Job, JobOptions } from './job';

export interface RuntimesOptions extends Pick<JobOptions, 'json'> {
  readonly refresh?: boolean;
}

export interface LinkOptions extends Pick<JobOptions, 'json'> {
  readonly python?: string;
}

export async function runtimesCommand(options: RuntimesOptions, job: Job): Promise<RuntimesReport> {
  // Who asks what is in this folder wants it looked at.
  process.env[runtimeEnvironment.workspace] ??= process.cwd();
  const report = await probeRuntimes(runtimeLocations(), {
    signal: job.signal,
    refresh: options.refresh ?? false,
    onProbe: (name) => job.report({ stage: `Trying ${name}`, done: 0, total: 0 }),
  });
  const width = Math.max(...report.runtimes.map(({ name }) => name.length));
  for (const runtime of report.runtimes) {
    const mark = runtime.name === report.chosen ? '*' : ' ';
    job.say(`${mark} ${runtime.name.padEnd(width)}  ${described(runtime)}`);
    const more = [runtime.why, runtime.fix && `fix: ${runtime.fix}`, runtime.path];
    for (const line of more) if (line) job.say(`      ${line}`);
  }
  const said = process.env[runtimeEnvironment.choice];
  job.say(`"auto" takes ${report.chosen}${said ? `, but ${runtimeEnvironment.choice} says ${said}` : ''}.`);
  return report;
}

function described({ available, device, version, gigaflops }: RuntimeReport): string {
  if (!available) return 'not available';
  const speed = gigaflops === null ? undefined : `${gigaflops} GFLOP/s`;
  return [device, version && `version ${version}`, speed].filter(Boolean).join(', ');
}

export async function linkCommand(options: LinkOptions, job: Job): Promise<RuntimeReport> {
  if (options.python === undefined)
    throw new RequestError('Name the Python interpreter that has TensorFlow with --python.');
  const report = await linkRuntime(options.python, runtimeLocations(), {
    signal: job.signal,
    onProgress: job.report,
  });
  job.say(`TensorFlow is linked: ${described(report)}. Use it with --runtime tensorflow.`);
  return report;
}
