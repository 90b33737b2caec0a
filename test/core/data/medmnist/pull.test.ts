import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { type MedmnistFile, medmnist, medmnistFileOf } from '../../../../src/core/data/medmnist/catalogue';
import { medmnistFile } from '../../../../src/core/data/medmnist/place';
import { findMedmnist, pullMedmnist } from '../../../../src/core/data/medmnist/pull';
import { type Behaviour, fileServer } from '../../download/fileServer';
import { temporaryFolder } from '../../formats/temporary';

const bytes = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, i) => (i * 31) % 253));
const file: MedmnistFile = {
  ...{ flag: 'bloodmnist', size: 64, file: 'bloodmnist_64.npz' },
  md5: createHash('md5').update(bytes).digest('hex'),
};

async function serve(t: TestContext, behaviour: Partial<Behaviour> = {}) {
  const server = await fileServer({ bytes, ...behaviour });
  t.after(() => server.close());
  return { server, url: new URL('.', server.url).href };
}

test('the catalogue has every set in every size with a sum, and names mean files', () => {
  assert.equal(medmnist.length, 18);
  for (const set of medmnist) {
    const sizes = set.volumes ? [28, 64] : [28, 64, 128, 224];
    assert.deepEqual(Object.keys(set.md5).map(Number), sizes);
    for (const size of sizes) assert.match(medmnistFileOf(set, size)!.md5, /^[0-9a-f]{32}$/);
  }
  assert.equal(medmnistFile('bloodmnist')?.file, 'bloodmnist.npz');
  assert.equal(medmnistFile('organmnist3d_64')?.file, 'organmnist3d_64.npz');
  assert.equal(medmnistFile('organmnist3d_224'), undefined);
  assert.equal(medmnistFile('photos'), undefined);
  assert.throws(() => findMedmnist('blood'), /no data set "blood": choose one of bloodmnist\./);
  assert.throws(
    () => findMedmnist('NoduleMNIST3D', 224),
    /NoduleMNIST3D does not come in 224 pixels: choose 28, 64/,
  );
});

test('a pulled file is whole, and is not pulled again', async (t) => {
  const { server, url } = await serve(t);
  const folder = await temporaryFolder(t);
  const stages = new Set<string>();
  const first = await pullMedmnist(file, { folder, url, onProgress: ({ stage }) => stages.add(stage) });
  assert.deepEqual(first, { path: path.join(folder, 'bloodmnist_64.npz'), already: false });
  assert.deepEqual(await readFile(first.path), bytes);
  assert.ok(stages.has('Downloading bloodmnist_64.npz'));
  assert.deepEqual(await pullMedmnist(file, { folder, url }), { ...first, already: true });
  assert.equal(server.ranges.length, 1);
  await writeFile(first.path, 'something else');
  assert.equal((await pullMedmnist(file, { folder, url })).already, false);
  assert.deepEqual(await readFile(first.path), bytes, 'a file that is not whole is replaced');
});

test('connections that are cut, and a server that knows no ranges, end in the whole file', async (t) => {
  for (const behaviour of [{ cutAfter: 120_000, etag: '"1"' }, { ignoresRange: true }]) {
    const { server, url } = await serve(t, behaviour);
    const folder = await temporaryFolder(t);
    const { path: pulled } = await pullMedmnist(file, { folder, url });
    assert.deepEqual(await readFile(pulled), bytes);
    if ('cutAfter' in behaviour) assert.deepEqual(server.ranges, ['', 'bytes=120000-', 'bytes=240000-']);
  }
});

test('what was cancelled is gone on with', async (t) => {
  const { server, url } = await serve(t, { stallAfter: 200_000, etag: '"1"' });
  const folder = await temporaryFolder(t);
  const stop = new AbortController();
  const stopped = pullMedmnist(file, {
    ...{ folder, url, signal: stop.signal },
    onProgress: ({ done }) => {
      if (done >= 200_000) stop.abort(new Error('stopped'));
    },
  });
  await assert.rejects(stopped, /stopped/);
  assert.ok(!(await readdir(folder)).includes('bloodmnist_64.npz'));
  server.behaviour = { bytes, etag: '"1"' };
  await pullMedmnist(file, { folder, url });
  assert.equal(server.ranges.at(-1), 'bytes=200000-');
});

test('wrong bytes are removed with a sentence that says so', async (t) => {
  const { url } = await serve(t, { bytes: Buffer.from('<html>not found</html>') });
  const folder = await temporaryFolder(t);
  await assert.rejects(pullMedmnist(file, { folder, url }), {
    name: 'UserError',
    message: /is not the expected file \(md5/,
  });
  assert.deepEqual(await readdir(folder), []);
});
