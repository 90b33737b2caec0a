import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { findData } from '../../../src/core/data/dataPlace';
import { temporaryFolder } from '../formats/temporary';

/** Another home, in which `~/.medmnist` has one file. */
async function homeWithBlood(t: TestContext): Promise<string> {
  const home = await temporaryFolder(t);
  const names = process.platform === 'win32' ? 'USERPROFILE' : 'HOME';
  const before = process.env[names];
  process.env[names] = home;
  t.after(() => {
    process.env[names] = before;
  });
  await mkdir(path.join(home, '.medmnist'));
  await writeFile(path.join(home, '.medmnist', 'bloodmnist_64.npz'), '');
  return home;
}

test('the name of a MedMNIST set means its file, if that was pulled', async (t) => {
  const home = await homeWithBlood(t);
  const workspace = await temporaryFolder(t);
  const pulled = path.join(home, '.medmnist', 'bloodmnist_64.npz');
  assert.deepEqual(await findData(path.join(workspace, 'bloodmnist_64')), { kind: 'npz', path: pulled });
  await assert.rejects(findData(path.join(workspace, 'bloodmnist')), {
    name: 'UserError',
    message:
      /^bloodmnist\.npz is not in .*\.medmnist yet: run "repsim dataset pull bloodmnist --size 28" first\.$/,
  });
});

test('a file or folder of that name comes first, and anything else is said to be none', async (t) => {
  await homeWithBlood(t);
  const workspace = await temporaryFolder(t);
  const own = path.join(workspace, 'bloodmnist_64');
  await mkdir(own);
  assert.deepEqual(await findData(own), { kind: 'folder', path: own });
  await writeFile(path.join(workspace, 'TABLE.CSV'), '');
  assert.equal((await findData(path.join(workspace, 'TABLE.CSV'))).kind, 'csv');
  await assert.rejects(
    findData(path.join(workspace, 'photos')),
    /there is no such file or folder; give an \.npz file/,
  );
  await writeFile(path.join(workspace, 'data.tar'), '');
  await assert.rejects(findData(path.join(workspace, 'data.tar')), /no file that can be read as data/);
});
