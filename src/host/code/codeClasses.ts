/** The classes of all files, and which of them a name means in a file. */
import { type CodeClass, type CodeOutline, type Member, nameMatches } from './outline';
import { lastPart } from './pythonNames';

/** A file and what was read off it. */
export interface IndexedFile {
  readonly file: string;
  readonly outline: CodeOutline;
}

export interface ClassPlace {
  readonly file: string;
  readonly found: CodeClass;
  readonly members: ReadonlyMap<string, Member>;
  /** Members whose names are known in part. */
  readonly patterns: readonly Member[];
}

/** Classes of one name that are followed. */
const mostOfOneName = 4;
/** What these have is in no file of the workspace, but where the workspace is one of them. */
const libraries = /^(?:torch|torchvision|timm|transformers|keras|tensorflow|functools)\./;

export class CodeClasses {
  readonly all: readonly ClassPlace[];
  private readonly byName = new Map<string, ClassPlace[]>();

  constructor(files: readonly IndexedFile[]) {
    this.all = files.flatMap(({ file, outline }) => outline.classes.map((found) => classPlace(file, found)));
    for (const place of this.all) {
      const same = this.byName.get(place.found.name);
      if (same) same.push(place);
      else this.byName.set(place.found.name, [place]);
    }
  }

  /** Classes of which a list or a loop makes many: parts, such as the stages of a network. */
  repeated(): ReadonlySet<ClassPlace> {
    const found = new Set<ClassPlace>();
    const look = (members: readonly Member[], file: string, many: boolean) => {
      for (const { value, repeated } of members) {
        const meant = many || repeated ? value.classes.map((name) => this.called(name, file)) : [];
        for (const [first, ...others] of meant) if (first && others.length === 0) found.add(first);
        look(value.elements ?? [], file, many || repeated);
      }
    };
    for (const { file, found: one } of this.all) {
      look(one.members, file, false);
      look(one.elements ?? [], file, false);
    }
    return found;
  }

  /**
   * Classes that `name` may mean in the file. `name`: as the imports of the file tell it, such as `timm.layers.Mlp`,
   * `.block.Block`, or `Block` for what the file defines itself or takes from who knows where.
   */
  called(name: string, file: string): readonly ClassPlace[] {
    const all = this.byName.get(lastPart(name)) ?? [];
    if (all.length === 0) return all;
    const module = name.slice(0, Math.max(0, name.length - lastPart(name).length));
    return this.meant(all, module, file).slice(0, mostOfOneName);
  }

  /** `module`: with the dot at its end. */
  private meant(all: readonly ClassPlace[], module: string, file: string): readonly ClassPlace[] {
    if (module === '') {
      const near = all.filter((place) => place.file === file);
      return near.length > 0 ? near : all;
    }
    const up = /^\.*/.exec(module)![0].length;
    const below = module.slice(up).replaceAll('.', '/');
    // A package may have the class in any of its files and hand it on.
    const within =
      up > 0
        ? all.filter((place) => `${pathOf(place.file)}/`.startsWith(`${folderOf(file, up)}/${below}`))
        : all.filter((place) => `/${pathOf(place.file)}/`.includes(`/${below}`));
    if (within.length > 0) return within;
    // A package may be installed under another name than that of its folder.
    return all.length === 1 && !libraries.test(module) ? all : [];
  }
}

/** A file without what the module's name has not. */
function pathOf(file: string): string {
  return file.replace(/\.py$/, '').replace(/\/__init__$/, '');
}

/** `up`: dots before a relative import: one is the folder of the file. */
function folderOf(file: string, up: number): string {
  const parts = file.split('/');
  return parts.slice(0, Math.max(0, parts.length - up)).join('/');
}

function classPlace(file: string, found: CodeClass): ClassPlace {
  const members = new Map<string, Member>();
  for (const member of found.members) if (!members.has(member.name)) members.set(member.name, member);
  return { file, found, members, patterns: found.members.filter(({ name }) => name.includes('*')) };
}

/** The member of that name, or of a name that may be it. */
export function memberCalled({ members, patterns }: ClassPlace, name: string): Member | undefined {
  return members.get(name) ?? patterns.find((member) => nameMatches(member.name, name));
}
