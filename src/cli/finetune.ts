/** `repsim finetune`: one run, from arguments, from a repsim.json, or continued. */
import path from 'node:path';
import { RequestError, UserError } from '../core/errors';
import { type FinetuneContext, finetune, resumeFinetune } from '../core/finetune/finetune';
import { readText } from '../core/formats/jsonFile';
import { isCheckpointJson } from '../core/models/checkpointFiles';
import type { FinetuneResult } from '../protocol/runs';
import { settingProblem } from '../protocol/settingProblem';
import { type FinetuneRequest, finetuneSettings } from '../protocol/settings';
import { parseSettingsFile } from '../protocol/settingsFile';
import type { Job, JobOptions } from './job';
import { runTable } from './runTable';

/** Options of `finetune` that are settings of the run, by the same names. */
export interface FinetuneOptions extends Partial<Omit<FinetuneRequest, 'checkpoint'>> {
  readonly resume?: string;
}

export async function finetuneCommand(
  checkpoint: string | undefined,
  options: FinetuneOptions & JobOptions,
  job: Job,
): Promise<FinetuneResult> {
  const { resume, json: _json, ...given } = options;
  if (resume !== undefined) {
    const others = [...(checkpoint === undefined ? [] : ['CHECKPOINT']), ...Object.keys(given)];
    if (others.length > 0) {
      throw new RequestError(`--resume takes all settings from the run, so leave out ${others.join(', ')}.`);
    }
    return finish(await resumeFinetune(path.resolve(resume), contextOf(job, process.cwd())), job);
  }
  const { request, workspace } = await requestOf(checkpoint, given);
  return finish(await finetune(request, contextOf(job, workspace)), job);
}

function contextOf(job: Job, workspace: string): FinetuneContext {
  return { workspace, signal: job.signal, onProgress: job.report, onRunChanged: job.setRun };
}

function finish(result: FinetuneResult, job: Job): FinetuneResult {
  for (const note of result.notes ?? []) job.say(`Note: ${note}`);
  job.say(runTable([{ name: result.method, result }]));
  job.say(`Run: ${result.run}\nCheckpoint: ${result.checkpoint}`);
  return result;
}

/** The settings of the arguments, laid over those of a repsim.json, whose relative paths start at its own folder. */
async function requestOf(
  checkpoint: string | undefined,
  given: Omit<FinetuneOptions, 'resume'>,
): Promise<{ request: FinetuneRequest; workspace: string }> {
  if (checkpoint?.endsWith('.json') && !isCheckpointJson(checkpoint)) {
    const file = path.resolve(checkpoint);
    const workspace = path.dirname(file);
    const fromCwd = (name: 'data' | 'oldData' | 'out') =>
      given[name] ? { [name]: path.resolve(given[name]) } : {};
    const overrides = { ...given, ...fromCwd('data'), ...fromCwd('oldData'), ...fromCwd('out') };
    return { request: checked({ ...(await readSettings(file)), ...overrides }), workspace };
  }
  if (checkpoint === undefined)
    throw new RequestError('Name the CHECKPOINT to finetune, a repsim.json, or --resume RUN.');
  if (given.data === undefined) throw new RequestError('Name the data to finetune on with --data.');
  return { request: checked({ ...given, checkpoint, data: given.data }), workspace: process.cwd() };
}

function checked(request: FinetuneRequest): FinetuneRequest {
  const parsed = finetuneSettings.safeParse(request);
  if (parsed.success) return request;
  const issue = parsed.error.issues[0]!;
  const [setting, ...within] = issue.path;
  // Inside of a JSON object by its name; the number of an entry of a list says nothing that its value does not.
  const names = within.filter((part) => typeof part === 'string').map((part) => `${part}: `);
  throw new RequestError(`${optionName(String(setting ?? ''))}: ${names.join('')}${settingProblem(issue)}.`);
}

/** "oldData" -> "--old-data" */
function optionName(setting: string): string {
  return `--${setting.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

async function readSettings(file: string): Promise<FinetuneRequest> {
  const text = await readText(file);
  const parsed = parseSettingsFile(text);
  if ('settings' in parsed) return parsed.settings;
  const line = text.slice(0, parsed.problem.offset).split('\n').length;
  throw new UserError(`${file}, line ${line}: ${parsed.problem.message}.`);
}
