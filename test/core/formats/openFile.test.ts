/**
 * What lies in the place of a file: a pipe, which would be waited for as long as nobody writes, or what git and failed downloads leave.
 * Whoever opens files refuses it.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { readCsvTable } from '../../../src/core/data/csvTable';
import { findData } from '../../../src/core/data/dataPlace';
import { openImage } from '../../../src/core/data/decode';
import { UserError } from '../../../src/core/errors';
import { openActivationDump } from '../../../src/core/formats/activationDump';
import { readJsonFile } from '../../../src/core/formats/jsonFile';
import { openNpy } from '../../../src/core/formats/npy';
import { openNpz } from '../../../src/core/formats/npz';
import { openSafetensors } from '../../../src/core/formats/safetensors';
import { openTorchFile } from '../../../src/core/formats/torchFile';
import { loadCheckpoint } from '../../../src/core/models/checkpoint';
import { inspectCheckpoint } from '../../../src/core/models/inspectCheckpoint';
import { temporaryFolder } from './temporary';

const windows = process.platform === 'win32' ? 'Windows has no pipes among its files' : false;

const readers: Readonly<Record<string, [name: string, read: (file: string) => Promise<unknown>]>> = {
  safetensors: ['model.safetensors', openSafetensors],
  'a checkpoint': ['model.safetensors', (file) => loadCheckpoint(path.dirname(file))],
  'the preview of a checkpoint': ['model.safetensors', inspectCheckpoint],
  'a file of torch.save': ['model.pth', openTorchFile],
  JSON: ['config.json', readJsonFile],
  npy: ['layer.npy', openNpy],
  npz: ['data.npz', openNpz],
  'an activation dump': ['dump.safetensors', openActivationDump],
  'a table of images': ['data.csv', findData],
};

for (const [kind, [name, read]] of Object.entries(readers)) {
  test(`a pipe in the place of ${kind}`, { skip: windows, timeout: 10_000 }, async (t) => {
    const file = path.join(await temporaryFolder(t), name);
    execFileSync('mkfifo', [file]);
    await assert.rejects(read(file), (error) => {
      assert.ok(error instanceof UserError, String(error));
      assert.match(error.message, /pipe|no file/);
      return true;
    });
  });
}

const standIns: Readonly<Record<string, [text: string, message: RegExp]>> = {
  'a pointer of git-lfs': [
    `version https://git-lfs.github.com/spec/v1\noid sha256:${'4d7a2146'.repeat(8)}\nsize 346293852\n`,
    /only the pointer .* run "git lfs pull"/,
  ],
  'a page of a server': [
    '\n<!DOCTYPE html>\n<html lang="en"><title>Sign in</title>',
    /page that a server .* download/,
  ],
  nothing: ['', /it is empty; download/],
};

for (const [kind, [text, message]] of Object.entries(standIns)) {
  test(`${kind} in the place of a file is told as such, whatever reads it`, async (t) => {
    for (const [name, read] of Object.values(readers).filter(([, read]) => read !== findData)) {
      const file = path.join(await temporaryFolder(t), name);
      await writeFile(file, text);
      await assert.rejects(read(file), (error) => {
        assert.ok(error instanceof UserError, String(error));
        assert.match(error.message, message);
        return true;
      });
    }
    assert.throws(() => openImage(Buffer.from(text), {}), message);
    const table = path.join(await temporaryFolder(t), 'data.csv');
    await writeFile(table, text);
    await assert.rejects(readCsvTable(table), kind === 'nothing' ? /is empty: give a table/ : message);
  });
}

test('a folder and a file that is not there are told apart', async (t) => {
  const folder = await temporaryFolder(t);
  await mkdir(path.join(folder, 'model.safetensors'));
  await assert.rejects(openSafetensors(path.join(folder, 'model.safetensors')), /it is a folder/);
  await assert.rejects(openSafetensors(path.join(folder, 'gone.safetensors')), /no such file/);
});
