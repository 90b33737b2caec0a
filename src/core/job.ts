/** What all jobs share: the surroundings they are given, and the check of what is asked of them. */
import type * as z from 'zod';
import type { ReportProgress } from '../protocol/progress';
import { settingProblem } from '../protocol/settingProblem';
import { RequestError } from './errors';

export interface JobContext {
  /** Folder that relative paths start from and that holds `.repsim`. */
  readonly workspace: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ReportProgress | undefined;
}

/** The settings with their defaults. Throws a RequestError that names the one that is wrong. */
export function checkRequest<Settings>(schema: z.ZodType<Settings>, request: unknown): Settings {
  const parsed = schema.safeParse(request);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  // The number of an entry of a list says nothing that its value does not.
  const name = issue.path.filter((part) => typeof part === 'string').join('.');
  throw new RequestError(`The setting "${name}" is wrong: ${settingProblem(issue)}.`);
}
