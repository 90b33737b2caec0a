/** What the packed extension holds: for this platform, and for the others that it is published for. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test, { before } from 'node:test';
import yauzl from 'yauzl';
import { packageExtension, targets } from '../../scripts/package.mjs';
import { packedExtension, root } from './harness/extension';

const thisPlatform = `${process.platform}-${process.arch}`;
const largest = 40e6;

interface PackedFile {
  readonly name: string;
  /** The first bytes: enough to tell what machine a library is for. */
  readonly head: Buffer;
}

const isNative = (name: string) => /\.(node|so|dylib|dll)(\.|$)/.test(name);

/** All names in the package; the first 1 kB of its native files. */
async function contents(vsix: string): Promise<PackedFile[]> {
  const zip = await new Promise<yauzl.ZipFile>((resolve, reject) =>
    yauzl.open(vsix, { lazyEntries: true }, (error, file) => (file ? resolve(file) : reject(error))),
  );
  const files: PackedFile[] = [];
  const done = new Promise((resolve, reject) => zip.once('end', resolve).once('error', reject));
  zip.on('entry', (entry: yauzl.Entry) => {
    const name = entry.fileName.replace(/^extension\//, '');
    if (!isNative(name)) {
      files.push({ name, head: Buffer.alloc(0) });
      zip.readEntry();
      return;
    }
    zip.openReadStream(entry, (error, stream) => {
      if (error) throw error;
      stream.once('data', (chunk: Buffer) => {
        files.push({ name, head: chunk.subarray(0, 1024) });
        stream.destroy();
        zip.readEntry();
      });
    });
  });
  zip.readEntry();
  await done;
  return files;
}

/** "os-cpu" of a library, from the header that its loader reads. */
function machineOf({ name, head }: PackedFile): string {
  const known = (names: Readonly<Record<number, string>>, id: number) =>
    names[id] ?? assert.fail(`${name} is for machine 0x${id.toString(16)}`);
  if (head.readUInt32BE(0) === 0x7f454c46)
    return `linux-${known({ 62: 'x64', 183: 'arm64' }, head.readUInt16LE(18))}`;
  if (head.readUInt32LE(0) === 0xfeedfacf)
    return `darwin-${known({ 16777223: 'x64', 16777228: 'arm64' }, head.readUInt32LE(4))}`;
  if (head.toString('latin1', 0, 2) === 'MZ') {
    const header = head.readUInt32LE(0x3c);
    assert.equal(head.toString('latin1', header, header + 4), 'PE\0\0', name);
    return `win32-${known({ 34404: 'x64', 43620: 'arm64' }, head.readUInt16LE(header + 4))}`;
  }
  return assert.fail(`${name} is no library that a loader knows`);
}

/** Folders of native files, relative to node_modules. */
function places(os: string, cpu: string): string[] {
  return [
    ...(os === 'win32' ? [] : [`@img/sharp-libvips-${os}-${cpu}/lib`]),
    `@img/sharp-${os}-${cpu}/lib`,
    `onnxruntime-node/bin/napi-v6/${os}/${cpu}`,
  ].sort();
}

for (const [target, [os, cpu]] of Object.entries(targets)) {
  test(`the package for ${target} carries the natives of that platform and no others`, async () => {
    const out = path.join(root, `test-results/repsim-${target}.vsix`);
    const vsix = target === thisPlatform ? packedExtension() : await packageExtension({ target, out });
    const natives = (await contents(vsix)).filter(({ name }) => isNative(name));
    const found = natives.map(({ name }) => path.posix.dirname(name.replace('dist/node_modules/', '')));
    assert.deepEqual([...new Set(found)].sort(), places(os, cpu));
    for (const native of natives) assert.equal(machineOf(native), target, native.name);
    const { size } = fs.statSync(vsix);
    console.log(`The package for ${target} is ${(size / 1e6).toFixed(1)} MB`);
    assert.ok(size < largest, `it has grown to ${size} bytes`);
  });
}

/** Packed by `npm test` or by the test above, whichever came first. */
before(() => packedExtension());

test('the packed extension carries what it loads and what a licence asks for, and nothing of its making', async () => {
  const names = new Set((await contents(packedExtension())).map(({ name }) => name));
  for (const name of [
    'package.json',
    'package.nls.json',
    'readme.md',
    'LICENSE.txt',
    'changelog.md',
    'THIRD-PARTY-NOTICES.txt',
    'dist/extension.js',
    'dist/codeReader.js',
    'dist/jsonRpc.js',
    'dist/jsoncParser.js',
    'dist/zod.js',
    'dist/engine.js',
    'dist/cli.js',
    'dist/imageWorker.js',
    'dist/augmentWorker.js',
    'dist/webview/drift.js',
    'dist/webview/drift.css',
    'media/icon.png',
    'media/repsim.svg',
    'samples/brainregion.npz',
    'samples/fashion-vit-tiny/config.json',
    'samples/fashion-vit-tiny/model.safetensors',
  ])
    assert.ok(names.has(name), `${name} is missing`);
  const own = [...names].filter((name) => !name.includes('/node_modules/'));
  assert.deepEqual(
    own.filter((name) => /\.(ts|map|py)$|\/(src|test|scripts|bench|node_modules)\//.test(name)),
    [],
  );
});
