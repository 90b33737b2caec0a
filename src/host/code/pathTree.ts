/** Module paths of a model as one tree: what many layers' paths begin with is followed once for all of them. */
import { longestName } from './outline';

/** A path has at most so many parts; longer ones are no names of modules. */
const mostParts = 40;

export interface PathNode {
  /** Parts of the paths from the root to here. */
  readonly depth: number;
  /** Layers whose paths end here. */
  readonly layers: readonly string[];
  readonly parts: ReadonlyMap<string, PathNode>;
}

interface Growing extends PathNode {
  readonly layers: string[];
  readonly parts: Map<string, Growing>;
}

/** A layer and the parts of its path. */
export type SplitPath = readonly [layer: string, parts: readonly string[]];

export function partsOf(path: string): string[] {
  return path
    .slice(0, 10 * longestName)
    .split(/[./]/, mostParts)
    .filter((part) => part !== '');
}

/**
 * `leftOff`: parts that are left off at the beginning of every path; what is left must say more than a number. Blocks of
 * several stages are not those of one list: stages are left off only of what is inside of blocks.
 */
export function pathTree(paths: readonly SplitPath[], leftOff: number): PathNode {
  const root: Growing = { depth: 0, layers: [], parts: new Map() };
  const staged = paths.map(([, parts]) => parts).filter((parts) => parts.slice(0, leftOff).some(isIndex));
  const stages = new Set(staged.map((parts) => parts.slice(0, leftOff).join('.')));
  const areBlocks = stages.size > 1 && staged.every((parts) => isIndex(parts.at(-1)!));
  for (const [layer, parts] of paths) {
    const first = parts[leftOff];
    if (first === undefined || isIndex(first) || (areBlocks && parts.slice(0, leftOff).some(isIndex)))
      continue;
    let node = root;
    for (const part of parts.slice(leftOff)) {
      let next = node.parts.get(part);
      if (!next) {
        next = { depth: node.depth + 1, layers: [], parts: new Map() };
        node.parts.set(part, next);
      }
      node = next;
    }
    node.layers.push(layer);
  }
  return root;
}

/** All layers from the node on, with the parts that lead from it to them. */
export function* layersBelow(node: PathNode, way: readonly string[]): Generator<SplitPath> {
  for (const layer of node.layers) yield [layer, way];
  for (const [part, next] of node.parts) yield* layersBelow(next, [...way, part]);
}

export function isIndex(part: string): boolean {
  return /^\d{1,9}$/.test(part);
}
