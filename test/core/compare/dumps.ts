/** Dumps of activations for tests. */
import path from 'node:path';
import { writeActivations } from '../../../src/core/formats/activationWriter';
import type { Features } from '../../../src/core/similarity/features';
import { gaussian } from '../similarity/cloud';

/** Noise of these widths with a part that all layers of all seeds share, as float32 keeps it. */
export function relatedLayers(n: number, widths: readonly number[], seed: number): Features[] {
  const shared = gaussian(n, 1, 99);
  return widths.map((d, l) => {
    const noise = gaussian(n, d, 10 * seed + l);
    const data = Float32Array.from(
      noise.data,
      (v, at) => v + (at % d) + 2 * shared.data[Math.floor(at / d)]!,
    );
    return { n, d, data };
  });
}

/** Writes `layers` under the names layer.0, layer.1 ... and returns the path. */
export async function writeDump(folder: string, name: string, layers: readonly Features[]): Promise<string> {
  const file = path.join(folder, name);
  const arrays = layers.map(({ n, d }, i) => ({ name: `layer.${i}`, shape: [n, d] }));
  await writeActivations(file, arrays, async (writer) => {
    for (const [i, { data }] of layers.entries()) await writer.append(i, Float32Array.from(data));
  });
  return file;
}
