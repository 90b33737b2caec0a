/**
 * One archive that measures on a GPU machine without Node and without a network:
 *
 *   node bench/gpu/pack.mjs [--out test-results/repsim-gpu-bench.tar.xz]
 *
 * There: `tar xf repsim-gpu-bench.tar.xz && repsim-gpu-bench/run [options of gpu.ts]`. Python with torch comes from that machine.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import esbuild from 'esbuild';
import { root } from '../../scripts/setup.mjs';
import { setupVscode } from '../../scripts/setupVscode.mjs';

const name = 'repsim-gpu-bench';

/**
 * Vulkan's loader does not look where containers put the driver of the card, and is often not there itself. A machine with NVIDIA's
 * driver and no description of it gets one: of the library that needs no X server, and of the other.
 */
const run = `#!/bin/sh
cd "$(dirname "$0")"
for icd in /usr/local/nvidia/share/vulkan/icd.d/nvidia_icd.json /etc/vulkan/icd.d/nvidia_icd.json /usr/share/vulkan/icd.d/nvidia_icd.json; do
  [ -z "$VK_DRIVER_FILES" ] && [ -f "$icd" ] && export VK_DRIVER_FILES="$icd"
done
[ -z "$VK_DRIVER_FILES" ] && [ -e /proc/driver/nvidia/version ] && export VK_DRIVER_FILES="$PWD/lib/egl_icd.json:$PWD/lib/glx_icd.json"
ldconfig -p 2>/dev/null | grep -q 'libvulkan\\.so\\.1 ' || export LD_LIBRARY_PATH="\${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$PWD/lib"
exec ./node gpu.js "$@"
`;

const drivers = { 'egl_icd.json': 'libEGL_nvidia.so.0', 'glx_icd.json': 'libGLX_nvidia.so.0' };
/** Where the loader of this machine may be; Debian's chromium brings one. */
const loaders = ['/usr/lib/x86_64-linux-gnu', '/usr/lib64', '/usr/lib/chromium'].map((place) =>
  path.join(place, 'libvulkan.so.1'),
);

const { values } = parseArgs({
  options: { out: { type: 'string', default: path.join(root, `test-results/${name}.tar.xz`) } },
});
const folder = path.join(root, 'test-results', name);
fs.rmSync(folder, { recursive: true, force: true });
fs.mkdirSync(folder, { recursive: true });
await esbuild.build({
  bundle: true,
  minify: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  external: ['onnxruntime-node', 'sharp'],
  mainFields: ['module', 'main'],
  entryPoints: ['gpu/gpu.ts', 'vitWorker.ts', 'similarity.ts'].map((file) => path.join(root, 'bench', file)),
  entryNames: '[name]',
  outdir: folder,
});
for (const file of ['vit_torch.py', 'similarity_torch.py'])
  fs.copyFileSync(path.join(root, 'bench', file), path.join(folder, file));
fs.copyFileSync(setupVscode().node, path.join(folder, 'node'));
fs.writeFileSync(path.join(folder, 'run'), run, { mode: 0o755 });
fs.mkdirSync(path.join(folder, 'lib'));
for (const [file, library_path] of Object.entries(drivers)) {
  const description = { file_format_version: '1.0.0', ICD: { library_path, api_version: '1.3.0' } };
  fs.writeFileSync(path.join(folder, 'lib', file), JSON.stringify(description));
}
const loader = loaders.find((file) => fs.existsSync(file));
if (loader) fs.copyFileSync(loader, path.join(folder, 'lib', path.basename(loader)));
for (const native of ['onnxruntime-node', 'onnxruntime-common']) {
  const from = path.join(root, 'node_modules', native);
  fs.cpSync(from, path.join(folder, 'node_modules', native), {
    recursive: true,
    filter: (file) => {
      const inside = path.relative(from, file);
      return (
        !/\.map$/.test(inside) &&
        (!inside.startsWith('bin/') ||
          'bin/napi-v6/linux/x64'.startsWith(inside) ||
          inside.includes('linux/x64'))
      );
    },
  });
}
const out = path.resolve(values.out);
execFileSync('tar', ['-C', path.dirname(folder), '-cJf', out, name], {
  env: { ...process.env, XZ_OPT: '-6 -T0' },
});
console.log(`${out} (${(fs.statSync(out).size / 2 ** 20).toFixed(1)} MiB)`);
