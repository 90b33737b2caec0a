/** Bundles the extension-host suite (test/vscode/suite) into one file that VS Code can load. */
import path from 'node:path';
import { root } from './setup.mjs';

/** @returns {Promise<string>} the path of the bundle */
export async function bundleSuite() {
  const { build } = await import('esbuild');
  const outfile = path.join(root, '.vscode-test/suite/index.cjs');
  await build({
    entryPoints: [path.join(root, 'test/vscode/suite/index.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: ['vscode', 'mocha'],
    logLevel: 'warning',
  });
  return outfile;
}
