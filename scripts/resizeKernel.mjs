/** Assembles src/core/data/resizeKernel.wat into the module that the program carries: `node scripts/resizeKernel.mjs`. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import openWabt from 'wabt';

const folder = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', 'src', 'core', 'data');

/** The text of resizeKernelModule.ts. */
export async function resizeKernelModule() {
  const wabt = await openWabt();
  const file = path.join(folder, 'resizeKernel.wat');
  const parsed = wabt.parseWat(file, readFileSync(file, 'utf8'), { simd: true });
  try {
    const { buffer } = parsed.toBinary({});
    const base64 = Buffer.from(buffer).toString('base64');
    return `/** resizeKernel.wat, assembled by scripts/resizeKernel.mjs. */\n// biome-ignore format: one line\nexport const resizeKernelModule = '${base64}';\n`;
  } finally {
    parsed.destroy();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(path.join(folder, 'resizeKernelModule.ts'), await resizeKernelModule());
