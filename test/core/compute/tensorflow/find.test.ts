/** The order in which a native TensorFlow is looked for, and what is said where there is none. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import test, { after, before } from 'node:test';
import type { RuntimeLocations } from '../../../../src/core/compute/locations';
import { readManagedRuntime, thisPlatform, writeManagedRuntime } from '../../../../src/core/compute/managed';
import { findTensorFlow } from '../../../../src/core/compute/tensorflow/find';

let root: string;
before(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'repsim-find-'));
});
after(() => rm(root, { recursive: true, force: true }));

async function put(...parts: string[]): Promise<string> {
  const file = path.join(root, ...parts);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, '');
  return file;
}

const fileOf = async (locations: RuntimeLocations) => {
  const found = await findTensorFlow(locations);
  return 'file' in found ? found.file : found;
};

const manifest = {
  format: 1,
  runtime: 'tensorflow',
  version: '2',
  source: 'a test',
  entry: 'x.node',
} as const;

test('what was named goes before the workspace, and that before what RepSim keeps', async () => {
  const runtimes = path.join(root, 'storage', 'runtimes');
  const workspace = path.join(root, 'workspace');
  const locations: RuntimeLocations = { storage: path.join(root, 'storage'), managed: [runtimes] };
  assert.deepEqual(await fileOf(locations), {
    why: 'no TensorFlow was found',
    fix: 'link an installed Python TensorFlow: repsim runtimes link --python PATH',
  });

  const kept = await writeManagedRuntime(runtimes, 'tensorflow', async (folder) => {
    await writeFile(path.join(folder, 'x.node'), '');
    return { ...manifest, platform: thisPlatform };
  });
  assert.equal(await fileOf(locations), kept.file);

  const modules = ['workspace', 'node_modules', '@tensorflow'];
  const inPackage = (name: string, version: number) =>
    put(...modules, name, 'lib', `napi-v${version}`, 'tfjs_binding.node');
  await put(...modules, 'tfjs-node', 'binding.gyp');
  await inPackage('tfjs-node', 5);
  const plain = await inPackage('tfjs-node', 8);
  await inPackage('tfjs-node', 1000);
  assert.equal(await fileOf({ ...locations, workspace }), plain);
  assert.equal(await fileOf(locations), kept.file, 'a workspace that is not trusted is not looked into');
  await put(...modules, 'tfjs-node-gpu', 'binding.gyp');
  const gpu = await inPackage('tfjs-node-gpu', 8);
  assert.equal(await fileOf({ ...locations, workspace }), gpu);

  const named = await put('named.node');
  assert.equal(await fileOf({ ...locations, workspace, path: named }), named);
  assert.equal(await fileOf({ ...locations, path: path.dirname(path.dirname(path.dirname(plain))) }), plain);
  assert.equal(await fileOf({ ...locations, path: workspace }), gpu);
  assert.equal(await fileOf({ ...locations, workspace, path: kept.folder }), kept.file);
});

test('a package that was installed without its scripts, and a path to nothing, are told', async () => {
  const locations: RuntimeLocations = { storage: root, managed: [] };
  await put('bare', 'node_modules', '@tensorflow', 'tfjs-node', 'binding.gyp');
  const bare = await findTensorFlow({ ...locations, workspace: path.join(root, 'bare') });
  assert.ok('why' in bare);
  assert.match(bare.why, /has no native module, because it was installed without its scripts/);
  assert.match(bare.fix, /npm rebuild @tensorflow\/tfjs-node/);
  const nothing = await findTensorFlow({ ...locations, path: path.join(root, 'no.node') });
  assert.ok('why' in nothing);
  assert.match(nothing.why, /there is no file .*no\.node/);
  const empty = await findTensorFlow({ ...locations, path: path.join(root, 'empty') });
  assert.ok('why' in empty);
  assert.match(empty.why, /no TensorFlow was found, not in .*empty either/);
});

test('a runtime for another platform, or whose entry leaves its folder, is not one', async () => {
  const folder = path.join(root, 'odd');
  await mkdir(folder);
  const write = (content: object) => writeFile(path.join(folder, 'runtime.json'), JSON.stringify(content));
  await write({ ...manifest, platform: 'plan9-x64' });
  assert.equal(await readManagedRuntime(folder), undefined);
  for (const entry of ['../x.node', '/x.node', 'a/../../x.node']) {
    await write({ ...manifest, platform: thisPlatform, entry });
    assert.equal(await readManagedRuntime(folder), undefined, entry);
  }
  await write({ ...manifest, platform: thisPlatform });
  assert.equal((await readManagedRuntime(folder))?.file, path.join(folder, 'x.node'));
});

test('writing a runtime keeps the one before until the new one is whole', async () => {
  const runtimes = path.join(root, 'whole');
  const place = path.join(runtimes, 'one');
  const fill = (version: string) => async () => ({ ...manifest, version, platform: thisPlatform });
  await writeManagedRuntime(runtimes, 'one', fill('1'));
  await assert.rejects(
    writeManagedRuntime(runtimes, 'one', async () => {
      throw new Error('broken');
    }),
    /broken/,
  );
  assert.equal((await readManagedRuntime(place))?.version, '1');
  await writeManagedRuntime(runtimes, 'one', fill('2'));
  assert.equal((await readManagedRuntime(place))?.version, '2');
});
