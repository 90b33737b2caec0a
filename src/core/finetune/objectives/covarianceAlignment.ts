/**
 * The closed form of the covariance objective: the R that brings R' Cov(F0) R nearest to Cov F pairs their eigenvectors in the order of
 * the eigenvalues, so that the minimum is the sum of (l_i(Cov F) - l_i(Cov F0))^2. Eigenvectors are no matter for a traced
 * program, so this is done here, in float64, between a forward pass and the step.
 */
import type { Matrix } from '../../linearAlgebra/matrix';
import { zeros } from '../../linearAlgebra/matrix';
import { columnGram, multiply, rowGram } from '../../linearAlgebra/multiply';
import { symmetricEigen } from '../../linearAlgebra/symmetricEigen';
import type { Features } from '../../similarity/features';

/**
 * Features `[n, d]` with column means 0 whose covariance is R' Cov(F0) R for the best R: what stands for F0 R in the objective.
 * `features` F and `pretrained` F0 are of the same images. Directions in which F does not vary at all are left out.
 */
export function alignedByCovariance(features: Features, pretrained: Features): Float32Array {
  const { n, d } = features;
  const finetuned = principalDirections(centredMatrix(features));
  const frozen = principalDirections(centredMatrix(pretrained));
  const rank = Math.min(finetuned.length, frozen.length, n - 1);
  const aligned = new Float32Array(n * d);
  for (let k = 0; k < rank; k++) {
    const { direction } = finetuned[k]!;
    const scale = Math.sqrt(frozen[k]!.value);
    for (let i = 0; i < n; i++) {
      const weight = scale * cosine(n, i, k + 1);
      for (let j = 0; j < d; j++) aligned[i * d + j]! += weight * direction[j]!;
    }
  }
  return aligned;
}

/** Entry i of the k-th basis vector of the discrete cosine transform: orthonormal, and for k > 0 of mean 0. */
function cosine(n: number, i: number, k: number): number {
  return Math.sqrt(2 / n) * Math.cos((Math.PI * k * (2 * i + 1)) / (2 * n));
}

interface Principal {
  /** Eigenvalue of X'X. */
  readonly value: number;
  /** Unit eigenvector `[d]`. */
  readonly direction: Float64Array;
}

/** Eigenpairs of X'X from the largest down, through the smaller of X'X and XX', as far as they stand out from rounding. */
function principalDirections(x: Matrix): readonly Principal[] {
  const wide = x.rows < x.columns;
  const { values, vectors } = symmetricEigen(wide ? rowGram(x) : columnGram(x));
  const directions = wide ? multiply(vectors, x) : vectors;
  const largest = values[values.length - 1]!;
  const pairs: Principal[] = [];
  for (let i = values.length - 1; i >= 0 && values[i]! > 1e-12 * largest; i--) {
    const direction = directions.data.slice(i * x.columns, (i + 1) * x.columns);
    const length = wide ? Math.sqrt(values[i]!) : 1;
    pairs.push({ value: values[i]!, direction: direction.map((entry) => entry / length) });
  }
  return pairs;
}

function centredMatrix({ n, d, data }: Features): Matrix {
  const matrix = zeros(n, d);
  for (let j = 0; j < d; j++) {
    let mean = 0;
    for (let i = 0; i < n; i++) mean += data[i * d + j]! / n;
    for (let i = 0; i < n; i++) matrix.data[i * d + j] = data[i * d + j]! - mean;
  }
  return matrix;
}
