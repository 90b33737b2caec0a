/** Every kernel that can be compiled, run by ONNX Runtime on the CPU and compared with tfjs's own cpu backend. */
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { kernelTable } from '../../../src/core/compute/onnx/kernels/table';
import { openRuntime } from '../../../src/core/compute/open';
import type { Runtime } from '../../../src/core/compute/runtime';
import { assertTensorClose, type Tolerance } from '../../support/allClose';
import { type CaseResult, runCases } from './kernelCases/runCases';
import { caseFamilies } from './kernelCases/table';

const defaultTolerance: Tolerance = { ofLargest: 2e-5 };

let reference: Runtime;
let onnx: Runtime;
before(async () => {
  reference = await openRuntime('reference');
  onnx = await openRuntime('onnx-cpu', { threads: 1 });
});
after(() => onnx.dispose());

test('every kernel of the table has cases, and every case is of a kernel of the table', () => {
  const families = Object.values(caseFamilies);
  const tested = families.flatMap((cases) =>
    Object.keys(cases).filter((kernel) => cases[kernel]!.length > 0),
  );
  assert.deepEqual(tested.sort(), Object.keys(kernelTable).sort());
});

function outputsOf(result: CaseResult) {
  if ('error' in result) throw result.error;
  return result;
}

for (const [family, kernels] of Object.entries(caseFamilies)) {
  test(`${family} as the reference computes it`, async (t) => {
    const cases = Object.entries(kernels).flatMap(([kernel, list]) =>
      list.map((one) => ({ ...one, kernel })),
    );
    assert.equal(new Set(cases.map(({ kernel, name }) => `${kernel} ${name}`)).size, cases.length);
    const found = await runCases(onnx, cases);
    const expectedBy = await runCases(
      reference,
      cases.filter(({ expected }) => !expected),
    );
    let next = 0;
    for (const [i, { kernel, name, expected, tolerance }] of cases.entries()) {
      const byReference = expected ? undefined : expectedBy[next++]!;
      await t.test(`${kernel}: ${name}`, () => {
        const { outputs, kernels: called } = outputsOf(found[i]!);
        assert.ok(called.includes(kernel), `the case calls ${called} and not ${kernel}`);
        const wanted = expected ?? outputsOf(byReference!).outputs;
        assert.equal(outputs.length, wanted.length);
        for (const [k, output] of outputs.entries())
          assertTensorClose(output, wanted[k]!, tolerance ?? defaultTolerance, `output ${k}`);
      });
    }
  });
}
