/** `repsim.json`: the settings of a run as a person keeps them in a file, with comments and trailing commas allowed. */
import {
  findNodeAtLocation,
  getNodeValue,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from 'jsonc-parser';
import { deeperThan } from './jsonDepth';
import { settingProblem } from './settingProblem';
import { type FinetuneRequest, finetuneSettings } from './settings';

/** What is wrong with a settings file, and where in its text. */
export interface SettingsProblem {
  /** What is wrong, without the name of the file: `epochs: it must be a number`. */
  readonly message: string;
  readonly offset: number;
  readonly length: number;
}

export type SettingsFile = { readonly settings: FinetuneRequest } | { readonly problem: SettingsProblem };

/** Unlike a manifest, which a later version may have written, a file of a person must not hold an unknown name: it is a slip. */
const schema = finetuneSettings.strict();

/** No setting has more than two levels. */
export const deepestSettings = 32;

/** Reads the text of a settings file. Defaults are not filled in; `$schema` is allowed and left out. */
export function parseSettingsFile(given: string): SettingsFile {
  // Some editors of Windows write a byte order mark; what stands where in the text stays.
  const text = given.replace(/^\uFEFF/, ' ');
  const deep = deeperThan(deepestSettings, text);
  if (deep) return { problem: { message: `more than ${deepestSettings} levels deep`, ...deep } };
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  const [error] = errors;
  if (error) {
    const { offset, length } = error;
    const what = printParseErrorCode(error.error)
      .replace(/\B[A-Z]/g, ' $&')
      .toLowerCase();
    return { problem: { message: `not valid JSON (${what})`, offset, length } };
  }
  if (root?.type !== 'object') {
    return { problem: { message: 'expected an object with the settings of a run', offset: 0, length: 0 } };
  }
  const { $schema: _, ...settings } = getNodeValue(root);
  const parsed = schema.safeParse(settings);
  if (parsed.success) return { settings };
  const issue = parsed.error.issues[0]!;
  const where = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0]!] : issue.path;
  const names = where.map((part) => (typeof part === 'symbol' ? part.toString() : part));
  const node = findNodeAtLocation(root, names);
  // A property's node is its value; for a name that should not be there the name itself is what to look at.
  const shown = issue.code === 'unrecognized_keys' ? node?.parent?.children?.[0] : node;
  const what = issue.code === 'unrecognized_keys' ? 'there is no such setting' : settingProblem(issue);
  const message = names.length > 0 ? `${names.join('.')}: ${what}` : what;
  return { problem: { message, offset: shown?.offset ?? root.offset, length: shown?.length ?? 0 } };
}
