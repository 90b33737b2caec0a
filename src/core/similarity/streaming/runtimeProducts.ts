/** The products of streaming measures as compiled programs, in float32. */
import * as tf from '@tensorflow/tfjs-core';
import type { DeviceTensor, HostTensor, Program, Runtime } from '../../compute/runtime';
import type { MatrixView } from '../../linearAlgebra/matrix';
import type { GramProducts, ProductSum, Products, Sides } from './products';

/** Programs are kept for the next sum of the same shape, and end with the runtime. */
export function runtimeProducts(runtime: Runtime): Products {
  const programs = new Map<string, Promise<Program>>();
  const compiled = (key: string, compile: () => Promise<Program>): Promise<Program> => {
    const program = programs.get(key) ?? compile();
    programs.set(key, program);
    return program;
  };
  return {
    precision: 1e-6,
    productSum: async (rows, widthX, widthY) =>
      productSum(
        await compiled(`sum ${rows} ${widthX} ${widthY}`, () => compileSum(runtime, rows, widthX, widthY)),
        { rows, widthX, widthY },
      ),
    gramProducts: async (rows, widths) =>
      gramProducts(
        await compiled(`gram ${rows} ${widths.a} ${widths.b}`, () => compileGrams(runtime, rows, widths)),
        rows,
      ),
  };
}

const float32 = (shape: readonly number[]) => ({ shape, dtype: 'float32' as const });

function compileSum(runtime: Runtime, rows: number, widthX: number, widthY: number): Promise<Program> {
  return runtime.compile(
    ({ state, block }) => ({
      state: { sum: tf.add(state!.sum!, tf.matMul(block!.x!, block!.y!, true, false)) },
    }),
    {
      state: { sum: float32([widthX, widthY]) },
      block: { x: float32([rows, widthX]), y: float32([rows, widthY]) },
    },
    { resident: ['state'] },
  );
}

function productSum(
  program: Program,
  { rows, widthX, widthY }: { rows: number; widthX: number; widthY: number },
): ProductSum {
  let sum: DeviceTensor | undefined;
  return {
    async add(x, y) {
      const { state } = await program.run({
        state: { sum: sum ?? { ...float32([widthX, widthY]), data: new Float32Array(widthX * widthY) } },
        block: { x: padded(x, rows), y: padded(y, rows) },
      });
      sum?.dispose();
      sum = state!.sum!;
    },
    async take() {
      if (sum === undefined) return new Float32Array(widthX * widthY);
      const values = Float32Array.from((await sum.read()) as Float32Array);
      sum.dispose();
      sum = undefined;
      return values;
    },
  };
}

const names = (side: string, matrices: readonly unknown[]) => matrices.map((_, i) => `${side}${i}`);

function compileGrams(runtime: Runtime, rows: number, widths: Sides<number>): Promise<Program> {
  const specs = Object.fromEntries(
    (['a', 'b'] as const).flatMap((side) =>
      names(side, widths[side]).map((name, i) => [name, float32([rows, widths[side][i]!])]),
    ),
  );
  return runtime.compile(
    ({ left, right }) => {
      const grams = (side: 'a' | 'b') =>
        tf.concat(
          names(side, widths[side]).map((name) =>
            tf.reshape(tf.matMul(left![name]!, right![name]!, false, true), [1, rows * rows]),
          ),
        );
      const [k, l] = [grams('a'), grams('b')];
      return {
        products: {
          cross: tf.matMul(k, l, false, true),
          selfA: tf.sum(tf.square(k), 1),
          selfB: tf.sum(tf.square(l), 1),
        },
      };
    },
    { left: specs, right: specs },
  );
}

function gramProducts(program: Program, rows: number): GramProducts {
  const group = ({ a, b }: Sides<MatrixView>) =>
    Object.fromEntries([
      ...names('a', a).map((name, i) => [name, padded(a[i]!, rows)]),
      ...names('b', b).map((name, i) => [name, padded(b[i]!, rows)]),
    ]);
  return async (left, right) => {
    const { products } = await program.run({ left: group(left), right: group(right) });
    const { cross, selfA, selfB } = products!;
    const result = {
      cross: Float32Array.from((await cross!.read()) as Float32Array),
      selfA: Float32Array.from((await selfA!.read()) as Float32Array),
      selfB: Float32Array.from((await selfB!.read()) as Float32Array),
    };
    for (const tensor of [cross!, selfA!, selfB!]) tensor.dispose();
    return result;
  };
}

/** As float32, with rows of zeros, which add nothing to any product, up to the size that the program takes. */
function padded({ rows, columns, data }: MatrixView, size: number): HostTensor {
  if (rows === size && data instanceof Float32Array) return { ...float32([rows, columns]), data };
  const values = new Float32Array(size * columns);
  values.set(data);
  return { ...float32([size, columns]), data: values };
}
