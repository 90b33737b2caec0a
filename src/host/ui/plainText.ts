/** Names come out of files that anybody may have written: as labels they are shortened and lose what labels interpret. */

const usual = 120;

/** On one line of at most `longest` characters, without control characters, `$(icon)` and `[link](target)` syntax. */
export function plainText(text: string, longest = usual): string {
  const line = text
    .replace(/\p{C}+/gu, ' ')
    .replace(/\$\(/g, '$ (')
    .replace(/\]\(/g, '] (');
  return line.length > longest ? `${line.slice(0, longest - 1)}…` : line;
}
