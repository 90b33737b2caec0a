/** The text of a new `repsim.json`, as a snippet: what was found in the workspace is offered where it belongs. */

/** Paths as they are to stand in the file. */
export interface ConfigurationChoices {
  readonly checkpoints: readonly string[];
  readonly data: readonly string[];
}

/** Words of the comments, in the language of the person. */
export interface ConfigurationWords {
  readonly about: string;
  readonly help: string;
  readonly checkpoint: string;
  readonly data: string;
  readonly method: string;
  readonly lambda: string;
  readonly amount: string;
  readonly seed: string;
}

/** More are not offered in the list that the snippet opens. */
const mostOffered = 20;

export function configurationSnippet(choices: ConfigurationChoices, words: ConfigurationWords): string {
  const comment = (text: string) => `\t// ${escapeText(text.replace(/\s+/g, ' '))}`;
  return [
    '{',
    comment(words.about),
    comment(words.help),
    '',
    comment(words.checkpoint),
    `\t"checkpoint": "${placeholder(1, choices.checkpoints, 'path/to/checkpoint')}",`,
    comment(words.data),
    `\t"data": "${placeholder(2, choices.data, 'path/to/data.npz')}",`,
    '',
    comment(words.method),
    `\t"method": "\${3|repsim,full,linear|}",`,
    comment(words.lambda),
    `\t"lambda": \${4:0.1},`,
    '',
    comment(words.amount),
    `\t"epochs": \${5:15},`,
    `\t"batch": \${6:32},`,
    comment(words.seed),
    `\t"seed": \${7:0}`,
    '}',
    '',
  ].join('\n');
}

/** Inside of a JSON string: a list to choose from, the only one found, or what to put there. */
function placeholder(stop: number, found: readonly string[], otherwise: string): string {
  const offered = found.slice(0, mostOffered).map((file) => JSON.stringify(file).slice(1, -1));
  if (offered.length > 1) {
    return `\${${stop}|${offered.map((file) => escapeText(file).replace(/[,|]/g, '\\$&')).join(',')}|}`;
  }
  return `\${${stop}:${escapeText(offered[0] ?? otherwise)}}`;
}

/** What a snippet would take for its own syntax. */
function escapeText(text: string): string {
  return text.replace(/[\\$}]/g, '\\$&');
}
