/** What the packed extension holds. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import test from 'node:test';
import yauzl from 'yauzl';
import { packedExtension } from './harness/extension';

async function entries(vsix: string): Promise<string[]> {
  const zip = await new Promise<yauzl.ZipFile>((resolve, reject) =>
    yauzl.open(vsix, { lazyEntries: false }, (error, file) => (file ? resolve(file) : reject(error))),
  );
  const names: string[] = [];
  zip.on('entry', ({ fileName }: yauzl.Entry) => names.push(fileName));
  await new Promise((resolve, reject) => zip.once('end', resolve).once('error', reject));
  return names;
}

test('the packed extension carries the natives of this platform and no others', async () => {
  const names = await entries(packedExtension());
  const { platform, arch } = process;
  const natives = names
    .filter((name) => /\.(node|so|dylib|dll)(\.|$)/.test(name))
    .map((name) => name.replace(/^extension\/dist\/node_modules\//, ''));
  const places = new Set(natives.map((name) => name.slice(0, name.lastIndexOf('/'))));
  assert.deepEqual([...places].sort(), [
    `@img/sharp-libvips-${platform}-${arch}/lib`,
    `@img/sharp-${platform}-${arch}/lib`,
    `onnxruntime-node/bin/napi-v6/${platform}/${arch}`,
  ]);
});

test('the packed extension carries what it loads and what a licence asks for, and nothing of its making', async () => {
  const vsix = packedExtension();
  const names = new Set(await entries(vsix));
  for (const name of [
    'package.json',
    'package.nls.json',
    'readme.md',
    'LICENSE.txt',
    'changelog.md',
    'THIRD-PARTY-NOTICES.txt',
    'dist/extension.js',
    'dist/engine.js',
    'dist/imageWorker.js',
    'dist/webview/drift.js',
    'dist/webview/drift.css',
    'media/icon.png',
    'media/repsim.svg',
    'samples/brainregion.npz',
    'samples/fashion-vit-tiny/config.json',
    'samples/fashion-vit-tiny/model.safetensors',
  ])
    assert.ok(names.has(`extension/${name}`), `${name} is missing`);
  const own = [...names].filter((name) => !name.includes('/node_modules/'));
  assert.deepEqual(
    own.filter((name) => /\.(ts|map|py)$|\/(src|test|scripts|bench|node_modules)\//.test(name)),
    [],
  );
  const megabytes = fs.statSync(vsix).size / 1e6;
  console.log(`The package is ${megabytes.toFixed(1)} MB with ${names.size} files`);
  assert.ok(megabytes < 45, `the package has grown to ${megabytes} MB`);
});
