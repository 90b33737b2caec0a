/** How deep JSON is nested, found before it is parsed: the parser calls itself once a level, and a deep file would end it. */
import { createScanner } from 'jsonc-parser';

/** The first bracket that is nested deeper than `levels`; brackets in strings and comments are none. */
export function deeperThan(
  levels: number,
  text: string,
): { readonly offset: number; readonly length: number } | undefined {
  const scanner = createScanner(text, true);
  let depth = 0;
  while (scanner.getPosition() < text.length) {
    scanner.scan();
    const [offset, length] = [scanner.getTokenOffset(), scanner.getTokenLength()];
    if (length !== 1) continue;
    if ('[{'.includes(text[offset]!)) depth += 1;
    if (']}'.includes(text[offset]!)) depth -= 1;
    if (depth > levels) return { offset, length };
  }
  return undefined;
}
