/** Installing a runtime from a local server and from a file: whole or not at all. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { create } from 'tar';
import { type InstallOptions, installRuntime } from '../../../../src/core/compute/install/installRuntime';
import { removeRuntime } from '../../../../src/core/compute/install/removeRuntime';
import { managedRuntimes, thisPlatform } from '../../../../src/core/compute/managed';
import { binaryFolder } from '../../../../src/core/compute/onnx/cuda';
import { type InstallableRuntime, installableOn } from '../../../../src/protocol/runtimeCatalogue';
import { type Behaviour, type FileServer, fileServer } from '../../download/fileServer';

const cuda = randomBytes(3_000_000);

/** An archive as ONNX Runtime publishes it, with a library of random bytes. */
async function archiveOf(folder: string, names: readonly string[]): Promise<Buffer> {
  const root = 'onnxruntime-linux-x64-gpu-1.30.0';
  mkdirSync(path.join(folder, root, 'lib'), { recursive: true });
  mkdirSync(path.join(folder, root, 'include'));
  writeFileSync(path.join(folder, root, 'include/header.h'), 'not wanted');
  for (const name of names) writeFileSync(path.join(folder, root, 'lib', name), cuda);
  const file = path.join(folder, 'archive.tgz');
  await create({ gzip: true, file, cwd: folder }, [root]);
  return readFileSync(file);
}

interface Story {
  readonly server: FileServer;
  readonly runtime: InstallableRuntime;
  readonly runtimes: string;
  readonly archive: string;
  install(options?: Partial<InstallOptions>): ReturnType<typeof installRuntime>;
  kept(): Promise<readonly string[]>;
}

async function story(
  t: TestContext,
  behaviour: Partial<Behaviour> = {},
  names?: readonly string[],
): Promise<Story> {
  const folder = mkdtempSync(path.join(tmpdir(), 'repsim-install-'));
  const bytes = await archiveOf(
    folder,
    names ?? [
      'libonnxruntime.so.1.30.0',
      'libonnxruntime_providers_shared.so',
      'libonnxruntime_providers_cuda.so',
    ],
  );
  const server = await fileServer({ bytes, etag: '"archive"', ...behaviour });
  t.after(async () => {
    await server.close();
    rmSync(folder, { recursive: true });
  });
  const runtime: InstallableRuntime = {
    ...{ id: 'onnx-cuda13', runtime: 'onnx-cuda', title: 'Test libraries', version: '1.30.0' },
    ...{ platform: thisPlatform, url: server.url.replace('file.bin', 'archive.tgz') },
    sha256: createHash('sha256').update(bytes).digest('hex'),
    ...{ archiveMegabytes: 5, installedMegabytes: 5, requirements: 'nothing' },
  };
  const runtimes = path.join(folder, 'runtimes');
  return {
    server,
    runtime,
    runtimes,
    archive: path.join(folder, 'archive.tgz'),
    install: (options) => installRuntime(runtime, { runtimes, ...options }),
    kept: async () => (await managedRuntimes([runtimes], 'onnx-cuda')).map(({ folder: place }) => place),
  };
}

test('the libraries end beside a copy of the package, which loads', async (t) => {
  const { install, kept, runtimes, runtime } = await story(t, { cutAfter: 1_000_000 });
  const stages = new Set<string>();
  const managed = await install({ onProgress: ({ stage }) => stages.add(stage) });
  assert.deepEqual(await kept(), [path.join(runtimes, 'onnx-cuda13')]);
  assert.deepEqual(
    readdirSync(runtimes).filter((name) => !name.startsWith('.lock')),
    ['onnx-cuda13'],
  );
  assert.equal(managed.source, runtime.url);
  const binaries = readdirSync(binaryFolder(managed.file));
  assert.ok(binaries.includes('libonnxruntime_providers_cuda.so'));
  assert.ok(!binaries.includes('libonnxruntime.so.1.30.0'), 'the bundled library stays');
  assert.deepEqual(
    readFileSync(path.join(binaryFolder(managed.file), 'libonnxruntime_providers_cuda.so')),
    cuda,
  );
  assert.deepEqual(
    [...stages],
    ['Downloading archive.tgz', 'Checking archive.tgz', 'Unpacking Test libraries'],
  );
  const loads = `console.log(require(${JSON.stringify(managed.file)}).listSupportedBackends()[0].name)`;
  assert.equal(execFileSync(process.execPath, ['-e', loads], { encoding: 'utf8' }), 'cpu\n');
});

test('another file than the expected one installs nothing, and what was there stays', async (t) => {
  const { install, kept, server } = await story(t);
  await install();
  const { bytes } = server.behaviour;
  server.behaviour = { bytes: Buffer.concat([bytes.subarray(0, -1), Buffer.of(bytes.at(-1)! ^ 1)]) };
  await assert.rejects(install(), { name: 'UserError', message: /not the expected file/ });
  assert.equal((await kept()).length, 1);
});

test('a cancelled installation leaves nothing that counts, and goes on the next time', async (t) => {
  const { install, kept, server } = await story(t, { stallAfter: 2_000_000 });
  const cancel = new AbortController();
  await assert.rejects(
    install({ signal: cancel.signal, onProgress: ({ done }) => done >= 1_000_000 && cancel.abort() }),
    { name: 'AbortError' },
  );
  assert.deepEqual(await kept(), []);
  server.behaviour = { bytes: server.behaviour.bytes, etag: '"archive"' };
  await install();
  assert.equal((await kept()).length, 1);
  assert.match(server.ranges.at(-1)!, /^bytes=\d{6,}-$/);
});

test('what a process left that was ended while unpacking is removed', async (t) => {
  const { install, runtimes } = await story(t);
  mkdirSync(path.join(runtimes, '.onnx-cuda13-0badcafe/onnxruntime-node'), { recursive: true });
  mkdirSync(path.join(runtimes, '.onnx-cuda12-0badcafe'));
  await install();
  assert.deepEqual(
    readdirSync(runtimes).sort(),
    ['.lock-onnx-cuda13', '.onnx-cuda12-0badcafe', 'onnx-cuda13'].sort(),
  );
});

test('a machine without a network installs from a file, which must be the right one', async (t) => {
  const { install, kept, server, archive, runtimes } = await story(t);
  const managed = await install({ file: archive });
  assert.equal(managed.source, 'archive.tgz');
  assert.equal(server.ranges.length, 0);
  assert.equal((await kept()).length, 1);
  const wrong = path.join(runtimes, '..', 'wrong.tgz');
  writeFileSync(wrong, 'something else');
  await assert.rejects(install({ file: wrong }), {
    name: 'UserError',
    message: /is not the archive of Test libraries/,
  });
  await assert.rejects(install({ file: `${wrong}.not` }), { name: 'UserError', message: /no such file/ });
});

test('a mirror is gone to instead of the publisher, and must be an address', async (t) => {
  const { install, server, runtime, runtimes } = await story(t);
  t.after(() => {
    delete process.env.REPSIM_RUNTIME_MIRROR;
  });
  process.env.REPSIM_RUNTIME_MIRROR = '/some/folder';
  await assert.rejects(install(), {
    name: 'UserError',
    message: /REPSIM_RUNTIME_MIRROR is "\/some\/folder": set it to the address of a folder/,
  });
  assert.equal(server.ranges.length, 0);
  process.env.REPSIM_RUNTIME_MIRROR = `${path.posix.dirname(runtime.url)}/`;
  const elsewhere = { ...runtime, url: 'https://publisher.invalid/releases/archive.tgz' };
  const { source } = await installRuntime(elsewhere, { runtimes });
  assert.equal(source, runtime.url);
});

test('an archive without the libraries is refused by the name of what is missing', async (t) => {
  const { install, kept } = await story(t, {}, ['libonnxruntime_providers_shared.so']);
  await assert.rejects(install(), { name: 'UserError', message: /has no libonnxruntime_providers_cuda\.so/ });
  assert.deepEqual(await kept(), []);
});

test('two at a time do not mix: the second is told who is at it', async (t) => {
  const { install, kept, server } = await story(t, { stallAfter: 1_000_000 });
  const cancel = new AbortController();
  let begun!: () => void;
  const under = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const first = install({ signal: cancel.signal, onProgress: () => begun() });
  await under;
  await assert.rejects(install(), {
    name: 'UserError',
    message: /: being installed or removed by process \d+/,
  });
  cancel.abort();
  await assert.rejects(first);
  server.behaviour = { bytes: server.behaviour.bytes, etag: '"archive"' };
  await install();
  assert.equal((await kept()).length, 1);
});

const linuxOnly = { skip: thisPlatform !== 'linux-x64' && 'there is nothing to install here' };
test(
  'removing takes everything away wherever it is kept, also what a broken download left',
  linuxOnly,
  async (t) => {
    const { install, kept, runtimes } = await story(t);
    const folders = [path.join(runtimes, '..', 'others'), runtimes];
    const remove = async (id: string) => (await removeRuntime(id, folders)).removed;
    assert.equal(await remove('onnx-cuda13'), false);
    assert.deepEqual([existsSync(folders[0]!), existsSync(runtimes)], [false, false]);
    await install();
    mkdirSync(path.join(runtimes, '.download-onnx-cuda13'));
    assert.equal(await remove('onnx-cuda13'), true);
    assert.deepEqual(await kept(), []);
    assert.deepEqual(readdirSync(runtimes), ['.lock-onnx-cuda13']);
    mkdirSync(path.join(folders[0]!, 'tensorflow-python'), { recursive: true });
    assert.equal(await remove('tensorflow-python'), true);
    assert.ok(!existsSync(path.join(folders[0]!, 'tensorflow-python')));
    await assert.rejects(remove('tensorflow'), {
      name: 'UserError',
      message: /choose one of .*tensorflow-python/,
    });
  },
);

test('what the catalogue offers is pinned: https, a version, a digest', () => {
  for (const { url, sha256, version } of installableOn('linux-x64')) {
    assert.match(url, /^https:\/\//);
    assert.ok(url.includes(version));
    assert.match(sha256, /^[0-9a-f]{64}$/);
  }
  assert.equal(installableOn('linux-x64').length, 2);
});
