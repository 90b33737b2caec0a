/**
 * Module paths of a checkpoint, such as `vit.encoder.layer.3`, to the lines that make the modules: a path is followed
 * from class to class through their members. Where a checkpoint's names begin higher or lower than a class, the
 * beginning of the path is left off.
 */
import { type CodeClass, type CodeOutline, longestName, type Member, nameMatches } from './outline';

/** A file and what was read off it. */
export interface IndexedFile {
  readonly file: string;
  readonly outline: CodeOutline;
}

/** A line that makes a layer. */
export interface LayerPlace {
  readonly file: string;
  /** Offset in the file. */
  readonly at: number;
  /** Class that holds it; "" for a layer named without a class. */
  readonly className: string;
  /** As the class calls it. */
  readonly member: string;
}

export interface FoundPlaces {
  /** Several where nothing tells which of them it is. */
  readonly places: readonly LayerPlace[];
  /** Whether the code told the whole path, and not only its beginning. */
  readonly whole: boolean;
}

/** Parts of the path that are left off at its beginning, at most. */
const mostLeftOff = 3;
/** A path has at most so many parts; longer ones are no names of modules. */
const mostParts = 40;
/** Classes of one name, and bases of bases, that are followed. */
const mostOfOneName = 4;
const deepestBase = 8;
/** Steps from class to class: through one path, and in all of one question. */
const mostWays = 300;
const mostSteps = 200_000;

interface ClassPlace {
  readonly file: string;
  readonly found: CodeClass;
  readonly members: ReadonlyMap<string, Member>;
  /** Members whose names are known in part. */
  readonly patterns: readonly Member[];
}

/** A place with what speaks for it, the weightiest first. */
interface Candidate {
  readonly score: readonly number[];
  readonly place: LayerPlace;
}

/** A place as one root class reaches it. */
interface Reached {
  readonly place: LayerPlace;
  /** Parts of the path at its end that the code did not tell, an index not counted. */
  readonly rest: number;
}

export class ModulePaths {
  private readonly byName = new Map<string, ClassPlace[]>();
  private readonly all: ClassPlace[] = [];
  private steps = 0;
  /** Classes that the code makes instances of or loads, by what they are loaded from ("" where that is not said). */
  private readonly named = new Map<string, Set<string>>();

  constructor(files: readonly IndexedFile[]) {
    for (const { file, outline } of files) {
      for (const found of outline.classes) {
        const place = classPlace(file, found);
        this.all.push(place);
        if (found.name === '') continue;
        const same = this.byName.get(found.name);
        if (same) same.push(place);
        else this.byName.set(found.name, [place]);
      }
      for (const { reference = '', className } of outline.models) {
        if (className !== undefined && reference !== '') this.name(lastSegment(reference), className);
      }
      for (const name of outline.instances) this.name('', name);
    }
  }

  /**
   * The best places of every layer whose path leads somewhere. `paths`: by layer; all of one model, because the class that
   * makes most of them makes the others too. `checkpoint`: what the model was loaded from.
   */
  places(paths: ReadonlyMap<string, string>, checkpoint: string | undefined): Map<string, FoundPlaces> {
    this.steps = mostSteps;
    const split = [...paths].map(([layer, path]): [string, string[]] => [layer, partsOf(path)]);
    const loaded = this.named.get(lastSegment(checkpoint ?? '')) ?? new Set();
    const made = this.named.get('') ?? new Set();
    const candidates = new Map<string, Candidate[]>();
    for (const root of this.all) {
      for (let leftOff = 0; leftOff <= mostLeftOff; leftOff++) {
        const reached = this.reach(root, split, leftOff);
        // A class that has a norm too is not the model because of that.
        if (reached.size * 3 < split.length) continue;
        let matched = 0;
        for (const [layer, { rest }] of reached)
          matched += paths.get(layer)!.split('.').length - leftOff - rest;
        // A class that the code names is meant, unless it has little of the model.
        const { name } = root.found;
        const naming = reached.size * 2 < split.length ? 0 : loaded.has(name) ? 2 : made.has(name) ? 1 : 0;
        for (const [layer, { place, rest }] of reached) {
          // Only from the whole path is a guess worth anything that stops half way.
          if (rest > 0 && leftOff > 0) continue;
          const found = candidates.get(layer) ?? [];
          found.push({ score: [naming, matched, -leftOff, -rest], place });
          candidates.set(layer, found);
        }
      }
    }
    return new Map([...candidates].map(([layer, found]) => [layer, bestOf(found)]));
  }

  private name(reference: string, className: string): void {
    const names = this.named.get(reference) ?? new Set();
    names.add(className);
    this.named.set(reference, names);
  }

  private reach(
    root: ClassPlace,
    paths: readonly (readonly [string, readonly string[]])[],
    leftOff: number,
  ): Map<string, Reached> {
    const reached = new Map<string, Reached>();
    /** Most classes have nothing by the name that all paths begin with: one look tells. */
    const missing = new Set<string>();
    for (const [layer, parts] of paths) {
      const [first, ...others] = parts.slice(leftOff);
      // What is left must say more than a number.
      if (first === undefined || isIndex(first) || missing.has(first)) continue;
      const found = this.inClass(root, [first, ...others], { left: mostWays });
      if (found) reached.set(layer, found);
      else if (root.found.name !== '') missing.add(first);
    }
    return reached;
  }

  private inClass(
    place: ClassPlace,
    parts: readonly string[],
    ways: { left: number },
    base = 0,
  ): Reached | undefined {
    if (parts.length === 0 || ways.left-- <= 0 || this.steps-- <= 0) return undefined;
    const { found, file } = place;
    const member = memberOf(place, parts);
    if (member) {
      const here = {
        file,
        at: member.found.at ?? found.from,
        className: found.name,
        member: member.found.name,
      };
      return this.inMember(here, member.found, parts.slice(member.taken), ways);
    }
    if (found.elements && isIndex(parts[0]!)) {
      const here = { file, at: found.from, className: found.name, member: '' };
      return this.inElements(here, found.elements, parts, ways);
    }
    if (base >= deepestBase) return undefined;
    for (const name of found.bases) {
      for (const above of this.called(name, file)) {
        if (above.found === found) continue;
        const reached = this.inClass(above, parts, ways, base + 1);
        if (reached) return reached;
      }
    }
    return undefined;
  }

  /** `parts`: what is still to be found in the member. */
  private inMember(
    here: LayerPlace,
    member: Member,
    parts: readonly string[],
    ways: { left: number },
  ): Reached {
    const place = member.at === undefined ? here : { ...here, at: member.at };
    if (parts.length === 0) return { place, rest: 0 };
    const { classes, elements } = member.value;
    if (elements) {
      const reached = this.inElements(place, elements, parts, ways);
      if (reached) return reached;
    }
    let best: Reached = { place, rest: parts.every(isIndex) ? 0 : parts.length };
    for (const name of classes) {
      for (const next of this.called(name, here.file)) {
        const reached = this.inClass(next, parts, ways);
        if (reached && (reached.rest < best.rest || best.place === place)) best = reached;
      }
    }
    return best;
  }

  private inElements(
    holder: LayerPlace,
    elements: readonly Member[],
    parts: readonly string[],
    ways: { left: number },
  ): Reached | undefined {
    const [first = '', ...others] = parts;
    const element = isIndex(first) ? elementAt(elements, Number(first)) : undefined;
    const found = element ?? elements.find(({ name }) => name !== '' && nameMatches(name, first));
    if (!found) return undefined;
    return this.inMember({ ...holder, at: found.at ?? holder.at }, found, others, ways);
  }

  /** Classes of that name: of the file where it has one, else of the others. */
  private called(name: string, file: string): readonly ClassPlace[] {
    const all = this.byName.get(name) ?? [];
    const near = all.filter((place) => place.file === file);
    return (near.length > 0 ? near : all).slice(0, mostOfOneName);
  }
}

function classPlace(file: string, found: CodeClass): ClassPlace {
  const members = new Map<string, Member>();
  for (const member of found.members) if (!members.has(member.name)) members.set(member.name, member);
  return { file, found, members, patterns: found.members.filter(({ name }) => name.includes('*')) };
}

/** A member by the beginning of a path, and how much of the path its name is. */
function memberOf(
  { found, members, patterns }: ClassPlace,
  parts: readonly string[],
): { found: Member; taken: number } | undefined {
  const [first = ''] = parts;
  const member = members.get(first) ?? patterns.find(({ name }) => nameMatches(name, first));
  if (member) return { found: member, taken: 1 };
  if (found.name !== '') return undefined;
  // Names of Keras's layers may hold what divides paths elsewhere: "stage1/block2".
  const whole = parts.join('/');
  const named =
    members.get(whole) ??
    members.get(parts.join('.')) ??
    patterns.find(({ name }) => nameMatches(name, whole));
  return named && { found: named, taken: parts.length };
}

/** The element that an index finds; after one that stands for many, nobody knows how many, it is that one. */
function elementAt(elements: readonly Member[], index: number): Member | undefined {
  for (const [i, element] of elements.entries()) {
    if (element.repeated || i === index) return element;
  }
  return undefined;
}

/** The places with the best score; the same place by two ways is one. */
function bestOf(candidates: readonly Candidate[]): FoundPlaces {
  const [first, ...others] = candidates;
  let { score } = first!;
  let places = new Map([[keyOf(first!.place), first!.place]]);
  for (const other of others) {
    const order = compare(other.score, score);
    if (order < 0) continue;
    if (order > 0) places = new Map();
    score = other.score;
    places.set(keyOf(other.place), other.place);
  }
  return { places: [...places.values()], whole: score.at(-1) === 0 };
}

function keyOf({ file, at }: LayerPlace): string {
  return `${at} ${file}`;
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [i, value] of a.entries()) if (value !== b[i]) return value - b[i]!;
  return 0;
}

function partsOf(path: string): string[] {
  return path
    .slice(0, 10 * longestName)
    .split(/[./]/, mostParts)
    .filter((part) => part !== '');
}

function isIndex(part: string): boolean {
  return /^\d{1,9}$/.test(part);
}

function lastSegment(reference: string): string {
  return reference.split(/[\\/]/).filter(Boolean).at(-1) ?? '';
}
