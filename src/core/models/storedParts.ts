/** Parameters of a model cut into the tensors of a file. */
import type { Group, HostTensor } from '../compute/runtime';
import { sizeOf } from '../compute/runtime';
import type { FloatDType, WritableTensor } from '../formats/safetensorsWriter';
import type { UnderstoodLayout } from './layouts/layout';

/** Every stored tensor by its name in the file, without copying. */
export function* partsOf(
  { model, parts }: UnderstoodLayout,
  parameters: Group<HostTensor>,
): Generator<[string, WritableTensor]> {
  for (const [parameter, { shape }] of Object.entries(model.parameters)) {
    const data = parameters[parameter]?.data;
    if (!(data instanceof Float32Array) || data.length !== sizeOf(shape)) {
      throw new Error(`parameter ${parameter} is missing or is not float32 of shape [${shape}]`);
    }
    let at = 0;
    for (const part of parts.get(parameter)!) {
      const size = sizeOf(part.shape);
      // Weights are read from floats only: the checks of the layout saw to it.
      const storedAs = part.dtype as FloatDType | undefined;
      yield [part.name, { shape: part.shape, data: data.subarray(at, at + size), storedAs }];
      at += size;
    }
  }
}
