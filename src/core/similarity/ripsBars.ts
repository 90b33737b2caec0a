/** Persistent homology of a Vietoris-Rips complex in dimension 1: the loops of a weighted graph. */
import type { Matrix } from '../linearAlgebra/matrix';

export interface Bar {
  readonly birth: number;
  readonly death: number;
}

/**
 * The bars of length above 0 of H1, coefficients in Z/2, of the complex whose simplices are the cliques of `weights` (symmetric, 0 on the
 * diagonal, Infinity for no edge) and appear with their heaviest edge. Loops that nothing ever fills are left out. Persistent
 * cohomology, edges from the heaviest down (de Silva, Morozov and Vejdemo-Johansson, 2011), tree edges cleared as in Ripser
 * (Bauer, 2021). Meant for up to about 200 vertices.
 */
export function loopBars(weights: Matrix): Bar[] {
  const graph = sortedEdges(weights);
  const { lengths, from, to } = graph;
  const inTree = spanningTree(graph, weights.rows);
  const columns = new Map<number, Int32Array>();
  const bars: Bar[] = [];
  for (let edge = lengths.length - 1; edge >= 0; edge--) {
    if (inTree[edge] === 1) continue;
    let column = coboundary(graph, weights.rows, from[edge]!, to[edge]!, edge);
    for (;;) {
      const pivot = column[0];
      if (pivot === undefined) break;
      const owner = columns.get(pivot);
      if (owner !== undefined) {
        column = symmetricDifference(column, owner);
        continue;
      }
      columns.set(pivot, column);
      const death = lengths[Math.floor(pivot / weights.rows)]!;
      if (death > lengths[edge]!) bars.push({ birth: lengths[edge]!, death });
      break;
    }
  }
  return bars;
}

/** Edges of finite weight, lightest first; an edge is named by its place in that order, its rank. */
interface Edges {
  readonly lengths: Float64Array;
  readonly from: Int32Array;
  readonly to: Int32Array;
  /** Rank of the edge between two vertices, -1 if there is none: `[n, n]`. */
  readonly ranks: Int32Array;
}

function sortedEdges({ rows: n, data }: Matrix): Edges {
  const places: number[] = [];
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) if (Number.isFinite(data[i * n + j])) places.push(i * n + j);
  }
  places.sort((a, b) => data[a]! - data[b]! || a - b);
  const ranks = new Int32Array(n * n).fill(-1);
  places.forEach((place, rank) => {
    const [i, j] = [Math.floor(place / n), place % n];
    ranks[i * n + j] = rank;
    ranks[j * n + i] = rank;
  });
  return {
    lengths: Float64Array.from(places, (place) => data[place]!),
    from: Int32Array.from(places, (place) => Math.floor(place / n)),
    to: Int32Array.from(places, (place) => place % n),
    ranks,
  };
}

/** Marks the edges that join two components (Kruskal): they close no loop. */
function spanningTree({ from, to }: Edges, n: number): Uint8Array {
  const parent = Int32Array.from({ length: n }, (_, i) => i);
  const root = (i: number): number => {
    let at = i;
    while (parent[at] !== at) {
      parent[at] = parent[parent[at]!]!;
      at = parent[at]!;
    }
    return at;
  };
  const inTree = new Uint8Array(from.length);
  for (let edge = 0; edge < from.length; edge++) {
    const [a, b] = [root(from[edge]!), root(to[edge]!)];
    if (a === b) continue;
    parent[a] = b;
    inTree[edge] = 1;
  }
  return inTree;
}

/** The triangles on an edge, sorted by appearance: a triangle is (rank of its last edge) * n + the vertex opposite to that. */
function coboundary({ ranks }: Edges, n: number, a: number, b: number, edge: number): Int32Array {
  const triangles: number[] = [];
  for (let v = 0; v < n; v++) {
    if (v === a || v === b) continue;
    const [av, bv] = [ranks[a * n + v]!, ranks[b * n + v]!];
    if (av < 0 || bv < 0) continue;
    if (edge > av && edge > bv) triangles.push(edge * n + v);
    else triangles.push(av > bv ? av * n + b : bv * n + a);
  }
  return Int32Array.from(triangles).sort();
}

/** What is in one of two sorted lists but not in both. */
function symmetricDifference(a: Int32Array, b: Int32Array): Int32Array {
  const result = new Int32Array(a.length + b.length);
  let i = 0;
  let j = 0;
  let length = 0;
  while (i < a.length && j < b.length) {
    const [x, y] = [a[i]!, b[j]!];
    if (x === y) {
      i++;
      j++;
    } else if (x < y) {
      result[length++] = x;
      i++;
    } else {
      result[length++] = y;
      j++;
    }
  }
  while (i < a.length) result[length++] = a[i++]!;
  while (j < b.length) result[length++] = b[j++]!;
  return result.slice(0, length);
}
