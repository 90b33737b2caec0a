/** Finds data sets of the layout "a folder of class folders" among the paths of images. */

const splitNames = new Set(['train', 'val', 'valid', 'validation', 'test']);

/** The folders (with `/`) whose folders hold the images, the split folders between left out; those with one class are none. */
export function classFolderRoots(images: readonly string[]): string[] {
  const classes = new Map<string, Set<string>>();
  for (const image of images) {
    const parts = image.split('/').slice(0, -1);
    const name = parts.pop();
    if (parts.length > 0 && splitNames.has(parts[parts.length - 1]!.toLowerCase())) parts.pop();
    const root = parts.join('/');
    if (!name || !root) continue;
    classes.set(root, (classes.get(root) ?? new Set()).add(name));
  }
  return [...classes].filter(([, names]) => names.size > 1).map(([root]) => root);
}
