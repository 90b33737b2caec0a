/** Bundles each part of the product into dist/: `node esbuild.js`, `--watch` to go on, `--production` to minify. */
const fs = require('node:fs');
const path = require('node:path');
const esbuild = require('esbuild');

const production = process.argv.includes('--production');

const common = {
  bundle: true,
  minify: production,
  sourcemap: !production,
  logLevel: 'info',
  // The package carries the licences of what is bundled in one file; scripts/notices.mjs finds out from this.
  legalComments: 'none',
  metafile: production,
};

/** What Node loads. Native packages stay outside, in node_modules. */
const node = {
  ...common,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  external: ['vscode', 'onnxruntime-node', 'sharp'],
  // tfjs has both kinds of modules; mixing them would bundle it twice.
  mainFields: ['module', 'main'],
};

/**
 * What the extension loads when it is first needed is in files of its own: Node compiles all of extension.js before the first
 * command, and most windows never look into code or read a message. Libraries, and `src/host/code`, which is pure: so that
 * each may be loaded by itself.
 */
const codeFolder = path.join(__dirname, 'src', 'host', 'code');
const codeModules = ['codeFile', 'modulePaths', 'outline'];
const libraries = { zod: 'zod', 'jsonc-parser': 'jsoncParser', 'vscode-jsonrpc/node': 'jsonRpc' };
const apart = {
  name: 'apart',
  setup(build) {
    build.onResolve({ filter: /\/code\/\w+$/ }, ({ path: wanted, resolveDir }) =>
      path.dirname(path.resolve(resolveDir, wanted)) === codeFolder
        ? { path: './codeReader.js', external: true }
        : undefined,
    );
    build.onResolve({ filter: /^[a-z]/ }, ({ path: wanted }) =>
      libraries[wanted] ? { path: `./${libraries[wanted]}.js`, external: true } : undefined,
    );
  },
};

const configs = [
  { ...node, entryPoints: { extension: 'src/extension.ts' }, outdir: 'dist', plugins: [apart] },
  {
    ...node,
    stdin: {
      contents: codeModules.map((name) => `export * from './${name}';`).join('\n'),
      resolveDir: codeFolder,
    },
    outfile: 'dist/codeReader.js',
  },
  {
    ...node,
    entryPoints: Object.fromEntries(Object.entries(libraries).map(([name, file]) => [file, name])),
    outdir: 'dist',
  },
  { ...node, entryPoints: { engine: 'src/engine/main.ts' }, outdir: 'dist' },
  { ...node, entryPoints: { cli: 'src/cli/main.ts' }, outdir: 'dist', banner: { js: '#!/usr/bin/env node' } },
  { ...node, entryPoints: { probe: 'src/core/compute/probe/probeMain.ts' }, outdir: 'dist' },
  { ...node, entryPoints: { imageWorker: 'src/core/data/imageWorker.ts' }, outdir: 'dist' },
  {
    ...node,
    entryPoints: { augmentWorker: 'src/core/data/augmentation/augmentWorker.ts' },
    outdir: 'dist',
  },
  {
    ...common,
    platform: 'browser',
    target: 'es2022',
    format: 'iife',
    entryPoints: {
      checkpoint: 'webview/checkpoint/main.ts',
      compare: 'webview/compare/main.ts',
      data: 'webview/data/main.ts',
      drift: 'webview/drift/main.ts',
      landscape: 'webview/landscape/main.ts',
    },
    outdir: 'dist/webview',
  },
];

async function main() {
  if (process.argv.includes('--watch')) {
    for (const config of configs) await (await esbuild.context(config)).watch();
  } else {
    const built = await Promise.all(configs.map((config) => esbuild.build(config)));
    if (production)
      fs.writeFileSync('dist/metafiles.json', JSON.stringify(built.map(({ metafile }) => metafile)));
  }
}

main().catch(() => process.exit(1));
