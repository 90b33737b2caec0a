/**
 * Module paths of a checkpoint, such as `vit.encoder.layer.3`, to the lines that make the modules: the paths are
 * followed together from class to class through their members. Where a checkpoint's names begin higher or lower than a
 * class, the beginning of the paths is left off.
 */
import { type ClassPlace, CodeClasses, type IndexedFile } from './codeClasses';
import { type LayerPlace, PathFollower, unique } from './pathFollower';
import { partsOf, pathTree, type SplitPath } from './pathTree';

export interface FoundPlaces {
  /** Several where nothing tells which of them it is. */
  readonly places: readonly LayerPlace[];
  /** Whether the code told the whole path, and not only its beginning. */
  readonly whole: boolean;
}

/** Parts of the path that are left off at its beginning, at most. */
const mostLeftOff = 3;

/** Places with what speaks for them, the weightiest first. */
interface Candidate {
  readonly score: readonly number[];
  readonly places: readonly LayerPlace[];
}

export class ModulePaths {
  private readonly classes: CodeClasses;
  /** Where the paths may begin. */
  private readonly roots: readonly ClassPlace[];
  /** Classes that the code loads, by what they are loaded from. */
  private readonly loaded = new Map<string, Set<string>>();
  /** Those that it makes instances of. */
  private readonly made: ReadonlySet<string>;

  constructor(files: readonly IndexedFile[]) {
    this.classes = new CodeClasses(files);
    for (const { outline } of files) {
      for (const { reference = '', className } of outline.models) {
        const from = lastSegment(reference);
        if (className === undefined || from === '') continue;
        this.loaded.set(from, new Set([...(this.loaded.get(from) ?? []), className]));
      }
    }
    this.made = new Set(files.flatMap(({ outline }) => outline.instances));
    const parts = this.classes.repeated();
    this.roots = this.classes.all.filter((root) => !parts.has(root) || this.made.has(root.found.name));
  }

  /**
   * The best places of every layer whose path leads somewhere. `paths`: by layer; all of one model, because the class that
   * makes most of them makes the others too. `checkpoint`: what the model was loaded from.
   */
  places(paths: ReadonlyMap<string, string>, checkpoint: string | undefined): Map<string, FoundPlaces> {
    const split = [...paths].map(([layer, path]): SplitPath => [layer, partsOf(path)]);
    const loaded = this.loaded.get(lastSegment(checkpoint ?? '')) ?? new Set();
    const candidates = new Map<string, Candidate[]>();
    const follower = new PathFollower(this.classes);
    for (let leftOff = 0; leftOff <= mostLeftOff; leftOff++) {
      const tree = pathTree(split, leftOff);
      for (const root of this.roots) {
        const { layers, whole, matched } = follower.fromRoot(root, tree);
        // A class that has a norm too is not the model because of that. Only from the whole path is a guess worth anything.
        if (3 * (leftOff > 0 ? whole : layers.length) < split.length) continue;
        const { name } = root.found;
        const isLoaded = loaded.has(name) && whole * 2 >= split.length;
        for (const { layer, places, rest } of layers) {
          if (rest > 0 && leftOff > 0) continue;
          const found = candidates.get(layer) ?? [];
          const score = [Number(isLoaded), whole, matched, Number(this.made.has(name)), -leftOff, -rest];
          found.push({ score, places });
          candidates.set(layer, found);
        }
      }
    }
    return new Map([...candidates].map(([layer, found]) => [layer, bestOf(found)]));
  }
}

/** The places with the best score. */
function bestOf(candidates: readonly Candidate[]): FoundPlaces {
  const [first, ...others] = candidates;
  let { score, places } = first!;
  for (const other of others) {
    const order = compare(other.score, score);
    if (order < 0) continue;
    places = order > 0 ? other.places : [...places, ...other.places];
    score = other.score;
  }
  return { places: unique(places), whole: score.at(-1) === 0 };
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [i, value] of a.entries()) if (value !== b[i]) return value - b[i]!;
  return 0;
}

function lastSegment(reference: string): string {
  return reference.split(/[\\/]/).filter(Boolean).at(-1) ?? '';
}
