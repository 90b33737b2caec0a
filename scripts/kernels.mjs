/** Compiles the kernels in src/core/data/assembly into the modules that the program carries: `node scripts/kernels.mjs`. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import compiler from 'assemblyscript/asc';

const folder = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', 'src', 'core', 'data');
const options = ['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd', '--disable', 'bulk-memory'];

/** Where the module of each kernel goes. */
const modules = { jpegKernel: 'jpeg/jpegKernelModule.ts', resizeKernel: 'resizeKernelModule.ts' };

/** The path and the text of every module. */
export async function kernelModules() {
  const texts = [];
  for (const [name, place] of Object.entries(modules)) {
    const base64 = Buffer.from(await compile(`${name}.ts`)).toString('base64');
    const text = `/** assembly/${name}.ts, compiled by scripts/kernels.mjs. */\n// biome-ignore format: one line\nexport const ${name}Module = '${base64}';\n`;
    texts.push({ file: path.join(folder, place), text });
  }
  return texts;
}

async function compile(file) {
  let binary;
  const { error, stderr } = await compiler.main([file, '-o', 'kernel.wasm', ...options], {
    readFile(name) {
      const source = path.join(folder, 'assembly', name);
      return existsSync(source) ? readFileSync(source, 'utf8') : null;
    },
    writeFile(_name, contents) {
      binary = contents;
    },
    listFiles: () => [],
  });
  if (error || !binary) throw new Error(`${file} does not compile: ${stderr.toString() || error?.message}`);
  return binary;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const { file, text } of await kernelModules()) writeFileSync(file, text);
