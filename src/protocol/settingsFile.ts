/** Reads `repsim.json`: the settings of a run, with comments and trailing commas allowed, and problems with their place. */
import {
  findNodeAtLocation,
  getNodeValue,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from 'jsonc-parser';
import { type FinetuneRequest, finetuneSettings } from './settings';

export interface SettingsProblem {
  readonly message: string;
  /** Where in the text, in characters. */
  readonly offset: number;
  readonly length: number;
  /** Counted from 1. */
  readonly line: number;
}

export type SettingsFile =
  | { readonly settings: FinetuneRequest }
  | { readonly problems: readonly SettingsProblem[] };

export function parseSettingsFile(text: string): SettingsFile {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  const problem = (message: string, offset: number, length: number): SettingsProblem => ({
    message,
    offset,
    length,
    line: text.slice(0, offset).split('\n').length,
  });
  if (!root || errors.length > 0) {
    const first = errors[0];
    const what = first
      ? `this is not valid JSON (${spaced(printParseErrorCode(first.error))})`
      : 'the file is empty';
    return { problems: [problem(what, first?.offset ?? 0, first?.length ?? 0)] };
  }
  const { $schema: _schema, ...values } = getNodeValue(root) ?? {};
  const parsed = finetuneSettings.strict().safeParse(values);
  if (parsed.success) return { settings: values };
  return {
    problems: parsed.error.issues.map((issue) => {
      const path = issue.path.filter((part) => typeof part !== 'symbol');
      const unknown = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
      const node = placeOf(root, unknown === undefined ? path : [...path, unknown]);
      const name = path.join('.');
      return problem(name ? `"${name}": ${issue.message}` : issue.message, node.offset, node.length);
    }),
  };
}

/** The node at `path`, or the innermost one there is: a missing property is reported at the object that lacks it. */
function placeOf(root: Node, path: readonly (string | number)[]): Node {
  for (let length = path.length; length > 0; length--) {
    const node = findNodeAtLocation(root, path.slice(0, length));
    if (node) return node.parent?.type === 'property' ? node.parent : node;
  }
  return root;
}

/** "InvalidCommentToken" -> "invalid comment token" */
function spaced(code: string): string {
  return code.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
}
