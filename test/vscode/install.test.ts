/** Installing libraries: said before it is done, cancelled without harm, refused when the file is another one. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before } from 'node:test';
import { type FileServer, fileServer } from '../core/download/fileServer';
import { packedExtension, sample } from './harness/extension';
import { story } from './harness/story';
import { startVsCode, type VsCode } from './harness/vscode';
import { notifications, openWorkbench, problems, quickInput, runCommand } from './harness/workbench';

let vscode: VsCode;
let server: FileServer;
const bytes = randomBytes(3_000_000);
const step = story(() => vscode);
const platform = `${process.platform}-${process.arch}`;

before(async () => {
  server = await fileServer({ bytes, etag: '"one"', stallAfter: 1_000_000 });
  const env = { REPSIM_RUNTIME_MIRROR: server.url.replace('/file.bin', '') };
  vscode = await startVsCode({
    name: 'install',
    vsix: packedExtension(),
    files: { 'brainregion.npz': sample.data },
    env,
  });
  await openWorkbench(vscode.page, vscode.url());
});
after(async () => {
  await vscode?.close();
  await server?.close();
});

const dialog = () => vscode.page.locator('.monaco-dialog-box');
const choose = async (button: string) => {
  await runCommand(vscode.page, 'RepSim: Install CUDA Libraries...');
  await quickInput(vscode.page).locator('.monaco-list-row', { hasText: 'CUDA 13' }).click();
  await dialog().waitFor();
  const said = (await dialog().textContent()) ?? '';
  await dialog().getByRole('button', { name: button }).click();
  return said;
};

step(
  'before anything is fetched, a modal says what, from where, how much, where to and what it needs',
  async () => {
    if (platform !== 'linux-x64') return;
    const said = await choose('Cancel');
    assert.match(said, /Install ONNX Runtime libraries for CUDA 13 1\.30\.0\?/);
    assert.match(said, /From: http:\/\/127\.0\.0\.1:\d+\/\S*gpu_cuda13-1\.30\.0\.tgz/);
    assert.match(said, /about 250 MB, checked by its SHA-256/);
    assert.match(said, /Into: .*runtimes\/onnx-cuda13/);
    assert.match(said, /Needs: an NVIDIA GPU/);
    assert.equal(server.ranges.length, 0);
  },
);

step('a download shows its progress and is cancelled', async () => {
  if (platform !== 'linux-x64') return;
  await choose('Download and Install');
  const progress = notifications(vscode.page, /installing ONNX Runtime libraries/);
  await progress.getByText(/Downloading .*1 \/ 3 MB/).waitFor();
  await vscode.screenshot('installing');
  await progress.getByRole('button', { name: 'Cancel' }).click();
  await notifications(vscode.page, /installation was cancelled. What was downloaded is kept/).waitFor();
});

step('going on brings the rest, and a file that is another one is refused', async () => {
  if (platform !== 'linux-x64') return;
  server.behaviour = { bytes, etag: '"one"' };
  await choose('Download and Install');
  await notifications(vscode.page, /not the expected file \(sha256/).waitFor();
  assert.match(server.ranges.at(-1)!, /^bytes=1\d{6}-$/);
  await vscode.screenshot('refused');
});

step('removing says when there was nothing', async () => {
  if (platform !== 'linux-x64') return;
  await runCommand(vscode.page, 'RepSim: Remove Runtime...');
  // By its name: the row that comes next is shown with the same text at first.
  await quickInput(vscode.page).getByRole('option', { name: 'CUDA 13' }).click();
  await notifications(vscode.page, /CUDA 13: (removed|nothing to remove)/).waitFor();
  assert.deepEqual(await problems(vscode.page), []);
});
