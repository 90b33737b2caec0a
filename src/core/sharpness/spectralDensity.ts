/** The spectral density of a symmetric operator: how its eigenvalues are spread along the axis. */
import { identity } from '../linearAlgebra/matrix';
import { tridiagonalEigen } from '../linearAlgebra/tridiagonalEigen';
import { createRandom } from '../random';
import { meanOf } from './estimate';
import { lanczos, type SymmetricOperator } from './lanczos';

/** Nodes and weights of a Gauss quadrature: the spectral measure of a start vector. Weights add up to 1. */
export interface Quadrature {
  readonly nodes: Float64Array;
  readonly weights: Float64Array;
}

export interface SpectralDensity {
  /** Curvatures, ascending. */
  readonly grid: number[];
  /** Density at each; its integral over the axis is 1. */
  readonly values: number[];
  /** Over the probes; null for a single one. */
  readonly standardErrors: number[] | null;
  /** Deviation of the normal kernel that stands for every node. */
  readonly kernelWidth: number;
  readonly probes: number;
  readonly steps: number;
}

export interface DensityOptions {
  readonly probes: number;
  /** Lanczos steps a probe. */
  readonly steps: number;
  readonly seed: number;
  /** Points of the grid; default 201. */
  readonly points?: number;
  /** Called after each product. */
  readonly onStep?: (done: number) => void;
}

/** Keeps these draws apart from others of the same seed. */
const purpose = 23;
/** Kernel width as a part of the width of the spectrum. */
const kernelPart = 0.01;

/** Gauss quadrature of a tridiagonal matrix: weights are the squared first components (Golub and Welsch, 1969). */
export function gaussQuadrature(alphas: Float64Array, betas: Float64Array): Quadrature {
  const k = alphas.length;
  const vectors = identity(k);
  const nodes = tridiagonalEigen(alphas, betas, vectors);
  return { nodes, weights: Float64Array.from({ length: k }, (_, i) => vectors.data[i * k]! ** 2) };
}

/**
 * Stochastic Lanczos quadrature (Ubaru, Chen and Saad, 2017; Ghorbani, Krishnan and Xiao, 2019): the mean over random unit
 * vectors of sum_i weight_i N(t; node_i, kernelWidth^2), on a grid that reaches beyond the ends of the spectrum found. Null if a
 * product is not finite.
 */
export async function spectralDensity(
  product: SymmetricOperator,
  size: number,
  options: DensityOptions,
): Promise<SpectralDensity | null> {
  const { probes, steps, seed, points = 201, onStep } = options;
  const measures: Quadrature[] = [];
  let done = 0;
  for (let probe = 0; probe < probes; probe++) {
    const random = createRandom(seed, purpose, probe);
    const start = Float32Array.from({ length: size }, () => random.normal());
    const before = done;
    const found = await lanczos(product, start, {
      steps,
      tolerance: 0,
      onStep: (step) => {
        done = before + step;
        onStep?.(done);
      },
    });
    if (found === null) return null;
    measures.push(gaussQuadrature(found.alphas, found.betas));
  }
  const nodes = measures.flatMap((measure) => Array.from(measure.nodes));
  const [low, high] = [Math.min(...nodes), Math.max(...nodes)];
  // A spectrum of one point still needs a kernel with a width.
  const kernelWidth = kernelPart * (high - low || Math.abs(high) || 1);
  const [from, to] = [low - 4 * kernelWidth, high + 4 * kernelWidth];
  const grid = Array.from({ length: points }, (_, i) => from + ((to - from) * i) / (points - 1));
  const columns = grid.map((t) => meanOf(measures.map((measure) => densityAt(t, measure, kernelWidth))));
  return {
    grid,
    values: columns.map(({ value }) => value),
    standardErrors: probes === 1 ? null : columns.map(({ standardError }) => standardError ?? 0),
    kernelWidth,
    probes,
    steps: Math.max(...measures.map((measure) => measure.nodes.length)),
  };
}

function densityAt(t: number, { nodes, weights }: Quadrature, width: number): number {
  const peak = 1 / (Math.sqrt(2 * Math.PI) * width);
  return nodes.reduce(
    (sum, node, i) => sum + weights[i]! * peak * Math.exp(-0.5 * ((t - node) / width) ** 2),
    0,
  );
}
