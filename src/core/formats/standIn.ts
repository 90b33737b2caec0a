/** What often lies in the place of a file that was meant: told by its first bytes, so that the file is not called damaged. */

/** As many bytes as `standInOf` wants, where the file has them. */
export const standInBytes = 64;

/** Why the file that begins with `start` is not the one that was meant, and what to do; undefined: it may well be. */
export function standInOf(start: Uint8Array): string | undefined {
  if (start.length === 0) return 'it is empty; download or copy it again';
  const text = Buffer.from(start.subarray(0, standInBytes)).toString('latin1');
  if (text.startsWith('version https://git-lfs.github.com/spec/')) {
    return 'it is only the pointer that git keeps to it; run "git lfs pull" in its repository';
  }
  if (/^(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html|\?xml)/i.test(text)) {
    return 'it is the page that a server answered with, not the file; download it again, signed in where that is asked for';
  }
  return undefined;
}
