/** The order in which ONNX Runtime runs a model is the one that memory is saved by. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { finish } from '../../../../src/core/compute/onnx/finish';
import { Graph } from '../../../../src/core/compute/onnx/graph';
import { nearestResultsFirst, schedule } from '../../../../src/core/compute/onnx/schedule';
import { loadOnnxRuntime, onnxTensor } from '../../../../src/core/compute/onnx/session';
import type { Value } from '../../../../src/core/compute/onnx/values';

const count = 1024;
const output = { shape: [count], dtype: 'float32' as const };

/** A forward pass of four nodes, a backward pass that reads them from the last to the first, and a result of each of its steps. */
function ladder(): { graph: Graph; outputs: Value[] } {
  const graph = new Graph('onnx-cpu');
  const node = (op: string, ...inputs: Value[]) => graph.emit(op, inputs, output);
  const a = node('Relu', graph.input(output.shape, 'float32'));
  const b = node('Sigmoid', a);
  const c = node('Tanh', b);
  const d = node('Exp', c);
  const first = node('Mul', d, c);
  const second = node('Add', first, b);
  const third = node('Sub', second, a);
  return { graph, outputs: [node('Neg', first), node('Abs', second), node('Floor', third)] };
}

const expected = ['Relu', 'Sigmoid', 'Tanh', 'Exp', 'Mul', 'Neg', 'Add', 'Abs', 'Sub', 'Floor'];

test('results come as soon as what they are made of is there', () => {
  const { graph, outputs } = ladder();
  const { position } = schedule(nearestResultsFirst(graph.nodes), outputs);
  const order = [...position].sort(([, i], [, j]) => i - j).map(([{ op }]) => op);
  assert.deepEqual(order, expected);
});

test('the peak is where most values are needed', () => {
  const { graph, outputs } = ladder();
  const nodes = nearestResultsFirst(graph.nodes);
  const { peakBytes, peak } = schedule(nodes, outputs);
  // The four of the forward pass, and Mul.
  assert.equal(peakBytes, 5 * 4 * count);
  assert.equal(expected[peak], 'Mul');
});

test('ONNX Runtime runs them in that order', async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'repsim-schedule-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const onnx = await loadOnnxRuntime();
  const { graph, outputs } = ladder();
  const { bytes, inputs } = finish(graph, outputs, Number.POSITIVE_INFINITY);
  const session = await onnx.InferenceSession.create(bytes, {
    graphOptimizationLevel: 'disabled',
    enableProfiling: true,
    profileFilePrefix: path.join(folder, 'profile'),
  });
  const x = onnxTensor(onnx, 'float32', new Float32Array(count).fill(1), output.shape);
  await session.run({ [inputs[0]!]: x });
  session.endProfiling();
  const [file] = readdirSync(folder);
  const events = JSON.parse(readFileSync(path.join(folder, file!), 'utf8')) as {
    cat: string;
    name: string;
    ts: number;
    args?: { op_name?: string };
  }[];
  await session.release();
  const ran = events.filter(({ cat, name }) => cat === 'Node' && name.endsWith('_kernel_time'));
  assert.deepEqual(
    ran.sort((a, b) => a.ts - b.ts).map(({ args }) => args?.op_name),
    expected,
  );
});
