/** Compiles src/core/data/jpeg/assembly/kernel.ts into the module that the program carries: `node scripts/jpegKernel.mjs`. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import compiler from 'assemblyscript/asc';

const folder = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', 'src', 'core', 'data', 'jpeg');

/** The text of jpegKernelModule.ts. */
export async function jpegKernelModule() {
  const options = ['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd', '--disable', 'bulk-memory'];
  const { error, binary, stderr } = await compileText('kernel.ts', options);
  if (error || !binary) throw new Error(`The kernel does not compile: ${stderr || error?.message}`);
  const base64 = Buffer.from(binary).toString('base64');
  return `/** assembly/kernel.ts, compiled by scripts/jpegKernel.mjs. */\n// biome-ignore format: one line\nexport const jpegKernelModule = '${base64}';\n`;
}

async function compileText(file, options) {
  let binary;
  const { error, stderr } = await compiler.main([file, '-o', 'kernel.wasm', ...options], {
    readFile(name) {
      return name === file ? readFileSync(path.join(folder, 'assembly', file), 'utf8') : null;
    },
    writeFile(_name, contents) {
      binary = contents;
    },
    listFiles: () => [],
  });
  return { error, binary, stderr: stderr.toString() };
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(path.join(folder, 'jpegKernelModule.ts'), await jpegKernelModule());
