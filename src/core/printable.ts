/** Text for a terminal. Names of folders, classes and files are text that others wrote, and a terminal does what some characters say. */

// Control characters but for the ends of lines, and marks that embed, override or isolate a reading direction.
const commands = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** Each of them as its code: `\x1b`, `\u202e`. */
export function printable(text: string): string {
  return text.replace(commands, (character) => {
    if (character === '\n') return character;
    const code = character.codePointAt(0)!.toString(16);
    return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u${code.padStart(4, '0')}`;
  });
}

/** As `printable`, on one line. */
export function printableName(name: string): string {
  return printable(name).replaceAll('\n', '\\x0a');
}
