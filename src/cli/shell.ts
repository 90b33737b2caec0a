/** Commands that people copy from the output into their shell. */
import path from 'node:path';

/** How this command was called: by its name where it is installed, else by its file, as in a checkout. */
export function commandName(): string {
  const file = process.argv[1] ?? 'repsim';
  if (path.parse(file).name === 'repsim') return 'repsim';
  const near = path.relative(process.cwd(), file);
  return `node ${quoted(near.startsWith('..') ? file : near)}`;
}

/** As a shell takes it: plain where nothing needs quotes. */
export function quoted(text: string): string {
  if (/^[\w./:=@-]+$/.test(text)) return text;
  // cmd.exe knows no single quotes, and its files have no double ones in their names.
  if (process.platform === 'win32') return `"${text}"`;
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
