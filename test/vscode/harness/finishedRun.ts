/** A short run of the bundled sample, made by the command line, for stories that begin with one. */
import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { root, sample } from './extension';

/** Folder that holds `.repsim`; the caller removes it. Of one epoch, with few images measured. */
export async function finishedRun(): Promise<string> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'repsim-run-'));
  const small = ['--epochs', '1', '--sharpness-size', '8', '--probe-size', '32'];
  await promisify(execFile)(
    process.execPath,
    [
      path.join(root, 'dist/cli.js'),
      'finetune',
      sample.checkpoint.from,
      ...['--data', sample.data.from, '--json', ...small],
    ],
    { cwd: folder },
  );
  return folder;
}
