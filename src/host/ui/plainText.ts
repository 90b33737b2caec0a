/** Names come out of files that anybody may have written: as labels they are shortened and lose what labels interpret. */

const longest = 120;

/** On one line, without control characters and `$(icon)` syntax. */
export function plainText(text: string): string {
  const line = text.replace(/\p{C}+/gu, ' ').replace(/\$\(/g, '$ (');
  return line.length > longest ? `${line.slice(0, longest - 1)}…` : line;
}
