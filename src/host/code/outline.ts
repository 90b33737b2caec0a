/** What the text of a file says about models: those that it builds or loads, and the modules that its classes hold. */

/** Half-open range of UTF-16 code units. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A place that a person would call "the model": something can be done with it there. */
export interface CodeModel extends Span {
  /** `class` defines one, `built` makes one, `loaded` reads one, `file` is one by itself. */
  readonly kind: 'class' | 'built' | 'loaded' | 'file';
  /** As the code calls it: a class, a variable or a function. Untrusted text. */
  readonly name: string;
  /** What it is loaded from, as written: a name of a registry, or a path. Untrusted text. */
  readonly reference?: string;
  /** Class that the code names for it. */
  readonly className?: string;
}

/** What an expression may be: instances of classes, or a container. */
export interface Built {
  /** Names of the classes with what the file's imports tell of them: `timm.layers.Mlp`, `.block.Block`, `Block`. */
  readonly classes: readonly string[];
  /** What a container holds, in order. */
  readonly elements?: readonly Member[];
}

/** A module that a class or a container holds. */
export interface Member {
  /** "" for what is found by its index; "*" stands for what is only known when the code runs. */
  readonly name: string;
  /** Offset of what makes it; undefined where that is what makes its container. */
  readonly at: number | undefined;
  /** Made in a loop: it stands for any number of modules. */
  readonly repeated: boolean;
  readonly value: Built;
}

export interface CodeClass extends Span {
  /** "" for layers that a file names without a class. */
  readonly name: string;
  /** Names of its bases, as those of classes in `Built`. */
  readonly bases: readonly string[];
  readonly members: readonly Member[];
  /** Of a class that is a container itself. */
  readonly elements?: readonly Member[];
}

export interface CodeOutline {
  readonly models: readonly CodeModel[];
  readonly classes: readonly CodeClass[];
  /** Classes that the file makes instances of outside of classes. */
  readonly instances: readonly string[];
}

export const emptyOutline: CodeOutline = { models: [], classes: [], instances: [] };

/** Longer texts are no code that somebody wrote. */
export const longestText = 512 * 1024;

/** Of one file: more than these are not looked at. */
export const mostClasses = 2000;
export const mostModels = 200;
/** Names of modules are words; longer ones are cut off for what they are. */
export const longestName = 200;

/** Whether a name with "*" for its unknown parts can be `name`: `layer*` is `layer3`, but not another word, `layers`. */
export function nameMatches(pattern: string, name: string): boolean {
  if (!pattern.includes('*')) return pattern === name;
  const parts = pattern.split('*');
  // Only unknown parts would match everything.
  if (parts.every((part) => part === '')) return false;
  let at = 0;
  for (const [i, part] of parts.entries()) {
    const found = i === parts.length - 1 ? name.length - part.length : name.indexOf(part, at);
    if (found < at || (i === 0 && found !== 0) || !name.startsWith(part, found)) return false;
    at = found + part.length;
    if (i < parts.length - 1 && /[a-z]$/.test(part) && /^(?:[a-z]|$)/.test(name.slice(at))) return false;
  }
  return true;
}
