/** Runs in a process of its own, started by telemetry.test.ts: 1 + 2 by ONNX Runtime, printed. */
import * as tf from '@tensorflow/tfjs-core';
import { createOnnxRuntime } from '../../../../src/core/compute/onnx/runtime';

async function main(): Promise<void> {
  const runtime = await createOnnxRuntime('onnx-cpu', { threads: 1 });
  const scalar = { shape: [], dtype: 'float32' } as const;
  const program = await runtime.compile(({ in: group }) => ({ out: { sum: tf.add(group!.a!, group!.b!) } }), {
    in: { a: scalar, b: scalar },
  });
  const number = (value: number) => ({ ...scalar, data: Float32Array.of(value) });
  const { out } = await program.run({ in: { a: number(1), b: number(2) } });
  console.log((await out!.sum!.read())[0]);
  await runtime.dispose();
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
