/**
 * Builds repsim-<version>-<platform>.vsix: a folder that holds exactly what is published is staged and packed, so
 * nothing needs to be excluded. `node scripts/package.mjs [--target linux-x64|all] [--out FILE]`
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundledPackages, noticesOf } from './notices.mjs';
import { npm, quiet } from './npm.mjs';
import { build, fail, installDependencies, root } from './setup.mjs';

/** VS Code's platforms that both native packages have binaries for: [os, cpu]. */
export const targets = {
  'linux-x64': ['linux', 'x64'],
  'linux-arm64': ['linux', 'arm64'],
  'darwin-arm64': ['darwin', 'arm64'],
  'win32-x64': ['win32', 'x64'],
  'win32-arm64': ['win32', 'arm64'],
};

const published = [
  'media',
  'native',
  'samples',
  'l10n',
  'package.nls.json',
  'README.md',
  'LICENSE',
  'CHANGELOG.md',
];

/** Packages that esbuild leaves outside, with what they need when they run, for one platform. */
const natives = (os, cpu) => [
  'onnxruntime-node',
  'onnxruntime-common',
  'sharp',
  `@img/sharp-${os}-${cpu}`,
  ...(os === 'win32' ? [] : [`@img/sharp-libvips-${os}-${cpu}`]),
  '@img/colour',
  'detect-libc',
  'semver',
];

/** What a native package has and no run reads: sources, maps, types, other platforms' binaries. */
const unread = /\.(map|ts|mts|md|h|cc|gyp)$|\/(script|src|install|include|lib\/cplusplus)(\/|$)/i;

/**
 * Libraries that no runtime of ours loads. DirectML is loaded late and only by an execution provider that we do not offer;
 * the binding of darwin asks for libonnxruntime.1.dylib, of which the long name is a second copy.
 */
const unloaded = /\/(DirectML\.dll|libonnxruntime\.\d+\.\d+\.\d+\.dylib)$/;

/**
 * The node_modules folder that has the natives of a platform. Those of another one are installed beside, from the same
 * lock file and with its integrity hashes, and kept for the next time.
 */
function nativeModules(target) {
  if (target === `${process.platform}-${process.arch}`) return path.join(root, 'node_modules');
  const [os, cpu] = targets[target];
  const lock = fs.readFileSync(path.join(root, 'package-lock.json'));
  const stamp = createHash('sha256').update(lock).digest('hex').slice(0, 12);
  const cache = path.join(root, '.vscode-test');
  const place = path.join(cache, `natives-${target}-${stamp}`);
  if (!fs.existsSync(place)) {
    const temporary = path.join(cache, `natives-${target}-${process.pid}`);
    fs.mkdirSync(temporary, { recursive: true });
    for (const file of ['package.json', 'package-lock.json', '.npmrc'])
      fs.copyFileSync(path.join(root, file), path.join(temporary, file));
    const platform = [`--os=${os}`, `--cpu=${cpu}`, ...(os === 'linux' ? ['--libc=glibc'] : [])];
    npm(['ci', '--omit=dev', '--ignore-scripts', ...platform, ...quiet], {
      cwd: temporary,
      capture: true,
      tries: 3,
    });
    // Those of earlier lock files.
    for (const name of fs.readdirSync(cache)) {
      if (name.startsWith(`natives-${target}-`) && name !== path.basename(temporary))
        fs.rmSync(path.join(cache, name), { recursive: true, force: true });
    }
    fs.renameSync(temporary, place);
  }
  return path.join(place, 'node_modules');
}

function copyPackage(name, modules, os, cpu, into) {
  const from = path.join(modules, name);
  fs.cpSync(from, path.join(into, name), {
    recursive: true,
    filter(file) {
      const inside = file.slice(from.length).replaceAll(path.sep, '/');
      if (unloaded.test(inside)) return false;
      if (name === 'onnxruntime-node' && inside.startsWith('/bin/napi-v6/'))
        return `/bin/napi-v6/${os}/${cpu}/`.startsWith(`${inside}/`) || inside.includes(`/${os}/${cpu}/`);
      if (name.startsWith('@img/sharp-')) return !inside.endsWith('.h'); // its README lists the licences
      return !unread.test(inside) || /licen[cs]e/i.test(inside);
    },
  });
}

/** The manifest as published: without what only developers use. */
function publishedManifest() {
  const manifest = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  for (const key of ['private', 'scripts', 'devDependencies', 'dependencies', 'allowScripts', 'bin'])
    delete manifest[key];
  // The host brings its own Node; vsce and the Marketplace read only engines.vscode.
  manifest.engines = { vscode: manifest.engines.vscode };
  return manifest;
}

function stage(target) {
  const [os, cpu] = targets[target];
  const modules = nativeModules(target);
  const folder = path.join(root, '.vscode-test', `stage-${target}-${process.pid}`);
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  fs.cpSync(path.join(root, 'dist'), path.join(folder, 'dist'), {
    recursive: true,
    filter: (file) => !/\.map$|[/\\](metafiles\.json|node_modules)$/.test(file),
  });
  for (const name of published) {
    const from = path.join(root, name);
    if (fs.existsSync(from))
      fs.cpSync(from, path.join(folder, name), {
        recursive: true,
        filter: (file) => !/[/\\]samples[/\\]make($|[/\\])/.test(file),
      });
  }
  fs.writeFileSync(path.join(folder, 'package.json'), JSON.stringify(publishedManifest(), null, 2));
  const metafiles = JSON.parse(fs.readFileSync(path.join(root, 'dist/metafiles.json'), 'utf8'));
  const folders = [
    ...bundledPackages(metafiles).map((name) => path.join(root, name)),
    ...natives(os, cpu).map((name) => path.join(modules, name)),
  ];
  fs.writeFileSync(path.join(folder, 'THIRD-PARTY-NOTICES.txt'), noticesOf([...new Set(folders)]));
  // Beside the code that loads them: vsce leaves a top-level node_modules to npm, which knows no platforms.
  for (const name of natives(os, cpu))
    copyPackage(name, modules, os, cpu, path.join(folder, 'dist/node_modules'));
  return folder;
}

/**
 * Packs what the production build has left in dist.
 * @returns {Promise<string>} the path of the .vsix
 */
export async function packageExtension({ target = `${process.platform}-${process.arch}`, out } = {}) {
  if (!targets[target])
    fail(`There is no package for ${target}; there is one for ${Object.keys(targets).join(', ')}.`);
  const manifest = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  const vsix = path.resolve(out ?? path.join(root, `${manifest.name}-${manifest.version}-${target}.vsix`));
  const folder = stage(target);
  try {
    const { createVSIX } = await import('@vscode/vsce');
    fs.mkdirSync(path.dirname(vsix), { recursive: true });
    await createVSIX({
      cwd: folder,
      packagePath: vsix,
      target,
      dependencies: false,
      allowMissingRepository: true,
      rewriteRelativeLinks: false,
    });
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
  return vsix;
}

async function main() {
  const option = (name) => process.argv[process.argv.indexOf(name) + 1];
  const asked = (name) => (process.argv.includes(name) ? option(name) : undefined);
  installDependencies();
  build({ production: true });
  const all = asked('--target') === 'all';
  for (const target of all ? Object.keys(targets) : [asked('--target')]) {
    const vsix = await packageExtension({ target, out: all ? undefined : asked('--out') });
    console.log(`${vsix} (${(fs.statSync(vsix).size / 1e6).toFixed(1)} MB)`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  main().catch((error) => fail(`The extension could not be packed: ${error.message}`));
