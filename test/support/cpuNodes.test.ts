/** Reading ONNX Runtime's placement of nodes. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { cpuNodes } from './cpuNodes';

const line = (text: string) =>
  `2026-11-23 15:11:16.551 [V:onnxruntime:, session_state.cc:1383 VerifyEachNodeIsAssignedToAnEp] ${text}`;

test('nodes on the CPU are named, those on the GPU are not', () => {
  const log = [
    line('Node placements'),
    line(' Node(s) placed on [CPUExecutionProvider]. Number of nodes: 2'),
    line('  Sign (b)'),
    'something else',
    line('  Round (c)'),
    line(' Node(s) placed on [WebGpuExecutionProvider]. Number of nodes: 1'),
    line('  Abs (a)'),
  ].join('\n');
  assert.deepEqual(cpuNodes(log), ['Sign (b)', 'Round (c)']);
  assert.deepEqual(cpuNodes(line(' All nodes placed on [WebGpuExecutionProvider]. Number of nodes: 1')), []);
});
