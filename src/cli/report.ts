/** `repsim report`: one self-contained HTML file about one or more runs. */

import { mkdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { maxReportRuns, renderReport } from '../../webview/report/report';
import { RequestError } from '../core/errors';
import { replaceFile } from '../core/formats/replaceFile';
import { readAnalyses } from '../core/runs/readAnalyses';
import { readRun } from '../core/runs/readRun';
import { readAbout } from '../protocol/runFiles';
import type { FinetuneSettings } from '../protocol/settings';
import type { Job } from './job';
import { quoted } from './shell';

export interface ReportOptions {
  readonly out: string;
}

export interface ReportResult {
  readonly report: string;
  readonly runs: readonly string[];
}

/** The others are compared with the first. Throws a UserError when one of `folders` is no run. */
export async function reportCommand(
  folders: readonly string[],
  { out }: ReportOptions,
  job: Job,
): Promise<ReportResult> {
  if (folders.length > maxReportRuns) {
    throw new RequestError(`A report shows at most ${maxReportRuns} runs, not ${folders.length}.`);
  }
  const paths = folders.map((folder) => path.resolve(folder));
  const runs = await Promise.all(paths.map(namedRun));
  const html = renderReport({
    title: `RepSim: ${runs.map(({ name }) => name).join(', ')}`,
    runs,
    reproduce: runs.map(({ manifest }) => commandLine(manifest.settings)).join('\n'),
  });
  const report = await writeReport(path.resolve(out), html);
  job.say(`Report: ${report}`);
  return { report, runs: paths };
}

/** The run under the name that a person gave it, with the note. */
async function namedRun(folder: string) {
  const run = await readRun(folder);
  const [about, analyses] = await Promise.all([readAbout(folder), readAnalyses(folder)]);
  return { ...run, analyses, name: about.name ?? run.manifest.id, note: about.note };
}

/** Writes the text of a report and returns where it is. A link stays one: what it leads to is written. */
export async function writeReport(file: string, html: string): Promise<string> {
  await mkdir(path.dirname(file), { recursive: true });
  const place = await realpath(file).catch(() => file);
  await replaceFile(place, (handle) => handle.writeFile(html));
  return file;
}

/** The command that makes a run with these settings again; where the run went is left to the next one. */
function commandLine({ checkpoint, out: _out, ...settings }: FinetuneSettings): string {
  const options = Object.entries(settings).map(([name, value]) => {
    const option = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    const plain = typeof value !== 'object' || Array.isArray(value);
    return `--${option} ${quoted(plain ? String(value) : JSON.stringify(value))}`;
  });
  return ['repsim finetune', quoted(checkpoint), ...options].join(' ');
}
