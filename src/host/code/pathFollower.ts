/** Follows the module paths of a model from class to class, as far as the code tells them. */
import { type ClassPlace, type CodeClasses, memberCalled } from './codeClasses';
import { type Built, type Member, nameMatches } from './outline';
import { isIndex, layersBelow, type PathNode } from './pathTree';

/** Bases of bases that are followed. */
const deepestBase = 8;
/** Looks into classes in one question. */
const mostSteps = 200_000;

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

/** A layer as one root class reaches it. */
interface Reached {
  readonly layer: string;
  readonly places: readonly LayerPlace[];
  /** Parts of the path at its end that the code did not tell, an index not counted. */
  readonly rest: number;
}

/** What a class or a member tells of the layers below a node. */
export interface Reach {
  readonly layers: readonly Reached[];
  /** Of these, those whose paths are told to the end. */
  readonly whole: number;
  /** Parts of all their paths that are told. */
  readonly matched: number;
}

/** By the next part of the paths; without those that the class has nothing for. */
type Reaches = ReadonlyMap<string, Reach>;

/** Follows the paths of one question. */
export class PathFollower {
  private steps = mostSteps;
  private readonly known = new Map<PathNode, Map<ClassPlace, Reaches>>();

  constructor(private readonly classes: CodeClasses) {}

  fromRoot(root: ClassPlace, tree: PathNode): Reach {
    if (root.found.name === '') return namedLayers(root, tree);
    return sum(this.inClass(root, tree).values());
  }

  private inClass(place: ClassPlace, node: PathNode, base = 0): Reaches {
    const here = this.known.get(node) ?? new Map<ClassPlace, Reaches>();
    this.known.set(node, here);
    const known = here.get(place);
    const reaches = new Map<string, Reach>();
    if (known || this.steps-- <= 0) return known ?? reaches;
    // A class that comes back to itself by its bases finds nothing more there.
    here.set(place, reaches);
    const { found, file } = place;
    for (const [part, below] of node.parts) {
      const member = memberCalled(place, part) ?? elementCalled(found.elements, part);
      if (!member) continue;
      const at = { file, at: member.at ?? found.from, className: found.name, member: member.name };
      reaches.set(part, this.inValue(at, member.value, file, below));
    }
    for (const name of base < deepestBase ? found.bases : []) {
      for (const above of this.classes.called(name, file)) {
        if (reaches.size === node.parts.size) return reaches;
        for (const [part, reach] of this.inClass(above, node, base + 1)) {
          if (!reaches.has(part)) reaches.set(part, reach);
        }
      }
    }
    return reaches;
  }

  /** `file`: in which the names of classes are meant. */
  private inValue(place: LayerPlace, { classes, elements }: Built, file: string, node: PathNode): Reach {
    const ends = node.layers.map((layer) => ({ layer, places: [place], rest: 0 }));
    const end = { layers: ends, whole: ends.length, matched: ends.length * node.depth };
    if (node.parts.size === 0) return end;
    const options = [
      ...(elements ? [this.inElements(place, elements, file, node)] : []),
      ...classes.flatMap((name) => this.classes.called(name, file).map((next) => this.inClass(next, node))),
    ].map((reaches) => completed(reaches, place, elements, node));
    return sum([end, options.length > 0 ? bestReach(options) : completed(new Map(), place, elements, node)]);
  }

  private inElements(holder: LayerPlace, elements: readonly Member[], file: string, node: PathNode): Reaches {
    const reaches = new Map<string, Reach>();
    for (const [part, below] of node.parts) {
      const found = elementCalled(elements, part);
      if (found)
        reaches.set(part, this.inValue({ ...holder, at: found.at ?? holder.at }, found.value, file, below));
    }
    return reaches;
  }
}

/** Layers that a file names without a class: Keras's names may hold what divides paths elsewhere, "stage1/block2". */
function namedLayers(place: ClassPlace, tree: PathNode): Reach {
  const reached: Reach[] = [];
  for (const [layer, parts] of layersBelow(tree, [])) {
    const whole = memberCalled(place, parts.join('/')) ?? memberCalled(place, parts.join('.'));
    const member = whole ?? memberCalled(place, parts[0]!);
    if (!member) continue;
    const rest = whole || parts.slice(1).every(isIndex) ? 0 : parts.length - 1;
    const at = { file: place.file, at: member.at ?? 0, className: '', member: member.name };
    reached.push({
      layers: [{ layer, places: [at], rest }],
      whole: Number(rest === 0),
      matched: parts.length - rest,
    });
  }
  return sum(reached);
}

/** With what is not told below the place: it is made there, as far as anybody knows. */
function completed(
  reaches: Reaches,
  place: LayerPlace,
  elements: readonly Member[] | undefined,
  node: PathNode,
): Reach {
  const all = [...reaches.values()];
  for (const [part, below] of node.parts) {
    if (reaches.has(part)) continue;
    // A list whose items are all known has no others.
    const beyond = elements !== undefined && elements.length > 0 && isIndex(part);
    const layers = [...layersBelow(below, [part])].map(([layer, way]) => ({
      layer,
      places: [place],
      rest: !beyond && way.every(isIndex) ? 0 : way.length,
    }));
    const whole = layers.filter(({ rest }) => rest === 0).length;
    all.push({ layers, whole, matched: layers.length * node.depth });
  }
  return sum(all);
}

/** What tells most; what several tell equally well may be either. */
function bestReach([first, ...others]: readonly Reach[]): Reach {
  let best = first!;
  for (const other of others) {
    const order = other.whole - best.whole || other.matched - best.matched;
    if (order > 0) best = other;
    else if (order === 0) best = either(best, other);
  }
  return best;
}

function either(a: Reach, b: Reach): Reach {
  const of = new Map(b.layers.map((reached) => [reached.layer, reached]));
  const layers = a.layers.map((reached) => {
    const other = of.get(reached.layer);
    if (!other || other.rest > reached.rest) return reached;
    return other.rest < reached.rest
      ? other
      : { ...reached, places: unique([...reached.places, ...other.places]) };
  });
  return { ...a, layers };
}

function sum(all: Iterable<Reach>): Reach {
  const layers: Reached[] = [];
  let whole = 0;
  let matched = 0;
  for (const reach of all) {
    for (const one of reach.layers) layers.push(one);
    whole += reach.whole;
    matched += reach.matched;
  }
  return { layers, whole, matched };
}

/** By its index or its name; after one that stands for many, nobody knows how many, it is that one. */
function elementCalled(elements: readonly Member[] | undefined, part: string): Member | undefined {
  if (!elements) return undefined;
  if (isIndex(part)) {
    const index = Number(part);
    const found = elements.find((element, i) => element.repeated || i === index);
    if (found) return found;
  }
  // A name that is not known at all may be any.
  return (
    elements.find(({ name }) => name !== '' && nameMatches(name, part)) ??
    elements.find(({ name }) => /^\*+$/.test(name))
  );
}

/** The same place by two ways is one. */
export function unique(places: readonly LayerPlace[]): LayerPlace[] {
  return [...new Map(places.map((place) => [`${place.at} ${place.file}`, place])).values()];
}
