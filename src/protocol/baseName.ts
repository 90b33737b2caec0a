/** The last part of a path, whichever system wrote it; the path itself where it has none. */
export function baseName(path: string): string {
  return path.split(/[\\/]/).findLast((part) => part !== '') ?? path;
}
