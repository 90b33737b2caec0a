/** The text that the editor makes of a file's bytes: places in it are places in the document once it is open. */

/** Without the mark of UTF-8 at the beginning, and with one kind of line end where the file mixes them. */
export function documentText(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes);
  const ends = text.match(/\r\n?|\n/g) ?? [];
  const feeds = ends.filter((end) => end === '\n').length;
  // As VS Code decides it: what most lines have; a carriage return alone is never kept.
  const end = ends.length - feeds > ends.length / 2 ? '\r\n' : '\n';
  return ends.every((one) => one === end) ? text : text.replace(/\r\n?|\n/g, end);
}
