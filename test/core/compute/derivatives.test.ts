/**
 * Every gradient and every second derivative, one operation at a time: the reference runtime's against differences in
 * float64, ONNX Runtime's against the reference runtime's.
 */
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { valueAndGradient } from '../../../src/core/compute/differentiate';
import { kernelTable } from '../../../src/core/compute/onnx/kernels/table';
import { openRuntime } from '../../../src/core/compute/open';
import type { Group, Groups, HostTensor, Runtime } from '../../../src/core/compute/runtime';
import { assertAllClose, type Tolerance } from '../../support/allClose';
import { observedKernels } from '../../support/observedKernels';
import { runProgram } from '../../support/runProgram';
import { drawsFrom } from '../../support/tensors';
import {
  type DerivativeCase,
  derivatives,
  gradientByDifferences,
  lossOf,
  productByDifferences,
} from './derivativeCases/case';
import { derivativeFamilies } from './derivativeCases/table';

/** Of float32 against float64, and between two ways of float32. */
const tolerance: Tolerance = { ofLargest: 2e-5, absolute: 1e-7 };

/** Kernels that can be compiled but not differentiated. */
const withoutGradient = [
  tf.All,
  tf.Any,
  tf.Einsum,
  tf.GatherNd,
  tf.MirrorPad,
  tf.Prod,
  tf.ResizeBilinear,
  tf.ResizeNearestNeighbor,
  tf.ScatterNd,
  tf.StridedSlice,
  tf.TopK,
  // Under a gradient tfjs calls their parts.
  tf._FusedMatMul,
  tf.FusedConv2D,
  tf.FusedDepthwiseConv2D,
];
/** They take no tensor. */
const withoutInput = [tf.Fill, tf.LinSpace, tf.Range];

let reference: Runtime;
let onnx: Runtime;
before(async () => {
  reference = await openRuntime('reference');
  onnx = await openRuntime('onnx-cpu', { threads: 1 });
});
after(() => onnx.dispose());

test('every kernel that can be compiled and has a gradient has a case', () => {
  const tested = new Set(Object.values(derivativeFamilies).flatMap(Object.keys));
  const exempt = new Set<string>([...withoutGradient, ...withoutInput]);
  for (const kernel of Object.keys(kernelTable)) {
    assert.equal(tf.getGradient(kernel) === undefined, exempt.has(kernel), `gradient of ${kernel}`);
    assert.equal(tested.has(kernel), !exempt.has(kernel), `case of ${kernel}`);
  }
});

test('what has no gradient is an error that names it, never a wrong number', async () => {
  const sum = (x: tf.Tensor) => tf.sum(x);
  const refused: readonly [message: RegExp, loss: (x: tf.Tensor) => tf.Tensor][] = [
    [
      /MirrorPad/,
      (x) =>
        sum(
          tf.mirrorPad(
            x,
            [
              [1, 1],
              [0, 0],
            ],
            'reflect',
          ),
        ),
    ],
    [/Prod/, (x) => tf.prod(x)],
    [/TopK/, (x) => sum(tf.topk(x, 1).values)],
    [/op Maximum/, (x) => sum(tf.maximum(x, sum(x)))],
    [/op Minimum/, (x) => sum(tf.minimum(x, sum(x)))],
    [/op SquaredDifference/, (x) => sum(tf.squaredDifference(x, tf.mean(x)))],
    [/op BatchMatMul/, (x) => sum(tf.matMul(tf.stack([x, x]), tf.expandDims(x, 0)))],
  ];
  const x = drawsFrom(22).uniform([2, 2]);
  for (const runtime of [reference, onnx]) {
    for (const [message, loss] of refused) {
      const run = runProgram(
        runtime,
        ({ in: { x } }: Groups<tf.Tensor>) => {
          const { gradient } = valueAndGradient((p) => loss(p.x!), { x: x! });
          return { out: gradient };
        },
        { in: { x } },
      );
      await assert.rejects(run, message, runtime.name);
    }
  }
});

interface NamedCase extends DerivativeCase {
  readonly kernel: string;
  /** What the Hessian is multiplied with: a tensor an input. */
  readonly vector: readonly HostTensor[];
}

interface Derivatives {
  readonly gradient: readonly HostTensor[];
  readonly product: readonly HostTensor[];
  /** That the function itself calls. */
  readonly kernels: readonly string[];
}

/** Derivatives of all cases in one program. */
async function derivativesBy(runtime: Runtime, cases: readonly NamedCase[]): Promise<Derivatives[]> {
  const inputs: Record<string, Group<HostTensor>> = {};
  for (const [i, { inputs: at, vector }] of cases.entries()) {
    inputs[`at${i}`] = named(at);
    inputs[`vector${i}`] = named(vector);
  }
  const kernels: (readonly string[])[] = [];
  const outputs = await runProgram(
    runtime,
    (groups: Groups<tf.Tensor>) => {
      const results: Record<string, Group<tf.Tensor>> = {};
      for (const [i, one] of cases.entries()) {
        const [at, vector] = [groups[`at${i}`]!, groups[`vector${i}`]!];
        kernels[i] = observedKernels(() => lossOf(one)(at)).kernels;
        const { gradient, product } = derivatives(one, at, vector);
        results[`gradient${i}`] = gradient;
        results[`product${i}`] = product;
      }
      return results;
    },
    inputs,
  );
  return cases.map((_, i) => ({
    gradient: Object.values(outputs[`gradient${i}`]!),
    product: Object.values(outputs[`product${i}`]!),
    kernels: kernels[i]!,
  }));
}

function named(tensors: readonly HostTensor[]): Group<HostTensor> {
  return Object.fromEntries(tensors.map((tensor, k) => [`x${k}`, tensor]));
}

function assertClose(
  actual: readonly HostTensor[],
  expected: readonly (readonly number[] | HostTensor)[],
  what: string,
): void {
  assert.equal(actual.length, expected.length);
  for (const [k, tensor] of actual.entries()) {
    const wanted = expected[k]!;
    const values = 'data' in wanted ? wanted.data : wanted;
    assertAllClose(tensor.data, values, tolerance, `${what} of input ${k}`);
  }
}

for (const [family, kernels] of Object.entries(derivativeFamilies)) {
  test(`derivatives: ${family}`, async (t) => {
    const draw = drawsFrom(21);
    const cases = Object.entries(kernels).flatMap(([kernel, list]) =>
      list.map((one) => ({ ...one, kernel, vector: one.inputs.map(({ shape }) => draw.uniform(shape)) })),
    );
    const byReference = await derivativesBy(reference, cases);
    const byOnnx = await derivativesBy(onnx, cases);
    for (const [i, one] of cases.entries()) {
      const [expected, found] = [byReference[i]!, byOnnx[i]!];
      await t.test(`gradient of ${one.kernel}: ${one.name}`, () => {
        assert.ok(found.kernels.includes(one.kernel), `the case calls ${found.kernels}`);
        assertClose(expected.gradient, gradientByDifferences(one), 'gradient');
        assertClose(found.gradient, expected.gradient, 'compiled gradient');
      });
      await t.test(`second derivative of ${one.kernel}: ${one.name}`, () => {
        assertClose(expected.product, productByDifferences(one, one.vector), 'Hessian times vector');
        assertClose(found.product, expected.product, 'compiled Hessian times vector');
      });
    }
  });
}
