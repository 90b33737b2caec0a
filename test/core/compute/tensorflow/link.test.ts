/** What linking says is missing, by stand-ins for Python and the compiler. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import test, { after, afterEach, before } from 'node:test';
import { readManagedRuntime } from '../../../../src/core/compute/managed';
import { linkPythonTensorFlow } from '../../../../src/core/compute/tensorflow/link';

const skip = process.platform !== 'linux' && 'written for Linux';
let root: string;
let runtimes: string;
before(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'repsim-link-'));
  runtimes = path.join(root, 'runtimes');
});
after(() => rm(root, { recursive: true, force: true }));
const compiler = process.env.CXX;
afterEach(() => {
  if (compiler === undefined) delete process.env.CXX;
  else process.env.CXX = compiler;
});

async function program(name: string, script: string): Promise<string> {
  const file = path.join(root, name);
  await writeFile(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return file;
}

/** A Python that answers as one with TensorFlow `version` in `folder`. */
const pythonWith = (folder: string | null, version: string | null) =>
  program(`python-${version}`, `echo '${JSON.stringify({ folder, version })}'`);

async function tensorFlowFolder(name: string): Promise<string> {
  const folder = path.join(root, name);
  await mkdir(path.join(folder, 'include/tensorflow/c/eager'), { recursive: true });
  for (const file of ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'])
    await writeFile(path.join(folder, file), '');
  await writeFile(path.join(folder, 'include/tensorflow/c/eager/c_api.h'), '');
  return folder;
}

const refuses = (python: string, expected: RegExp) =>
  assert.rejects(linkPythonTensorFlow(python, { runtimes }), (error: Error) => {
    assert.equal(error.name, 'UserError');
    assert.match(error.message, expected);
    return true;
  });

test('says which part is missing and what brings it', { skip }, async () => {
  await refuses(path.join(root, 'none'), /There is no Python at .*none: name the interpreter/);
  await refuses(
    await program('broken', 'exit 1'),
    /has no TensorFlow: install it with .*broken -m pip install/,
  );
  await refuses(await program('odd', 'echo hello'), /did not answer as a Python interpreter does/);
  await refuses(await pythonWith(null, null), /has no TensorFlow/);
  await refuses(await pythonWith(root, '1.15.0'), /TensorFlow 1\.15\.0 .* 2\.12 or a later 2\.x can/);
  await refuses(await pythonWith(root, '2.20.0'), /lacks libtensorflow_cc\.so\.2: install a newer one/);
  const folder = await tensorFlowFolder('whole');
  process.env.CXX = await program('failing', 'echo "x.cc:1: error: no such type" >&2; [ "$1" = --version ]');
  await refuses(await pythonWith(folder, '2.21.0'), /could not build .*error: no such type.*try another/);
  assert.deepEqual(await readdir(runtimes), ['.lock-tensorflow-python'], 'nothing else is left behind');
});

test('needs a compiler', { skip }, async () => {
  const python = await pythonWith(await tensorFlowFolder('another'), '2.19.0');
  const before = process.env.PATH;
  delete process.env.CXX;
  process.env.PATH = root;
  await program('sh', 'exec /bin/sh "$@"');
  try {
    await refuses(
      python,
      /needs a C\+\+ compiler and none was found: install one with sudo apt-get install g\+\+/,
    );
  } finally {
    process.env.PATH = before;
  }
});

test('builds with the sources of the product and keeps what was built', { skip }, async () => {
  const folder = await tensorFlowFolder('good');
  const log = path.join(root, 'arguments');
  // The last argument is the file to write.
  process.env.CXX = await program(
    'compiler',
    `echo "$@" > ${log}; for last; do :; done; [ "$1" = --version ] || echo > "$last"`,
  );
  const linked = await linkPythonTensorFlow(await pythonWith(folder, '2.18.1'), { runtimes });
  const kept = await readManagedRuntime(path.join(runtimes, 'tensorflow-python'));
  assert.deepEqual(kept, linked);
  assert.equal(kept?.version, '2.18.1');
  const given = (await readFile(log, 'utf8')).trim().split(' ');
  assert.ok(given.includes(`-Wl,-rpath,${folder}`));
  for (const name of kept!.libraries) assert.ok(given.includes(name));
  const sources = given.filter((one) => one.endsWith('.cc'));
  assert.equal(sources.length, 2);
  for (const source of sources) assert.match(await readFile(source, 'utf8'), /napi/);
});

test('stops when it is cancelled', { skip }, async () => {
  const slow = await program('slow', 'sleep 20');
  const abort = new AbortController();
  setTimeout(() => abort.abort(new Error('enough')), 200);
  await assert.rejects(linkPythonTensorFlow(slow, { runtimes, signal: abort.signal }), /enough/);
});
