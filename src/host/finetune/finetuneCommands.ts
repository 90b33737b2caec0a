/** The commands that start a run: from the quick picks, from `repsim.json`, and of the bundled sample. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { FinetuneRequest } from '../../protocol/settings';
import { computeSettings } from '../engine/computeSettings';
import { entryOf } from '../runs/runCommands';
import { HostError } from '../ui/failures';
import { requireTrust } from '../ui/trust';
import { askSettings } from './askSettings';
import { checkpointTarget } from './checkpointTarget';
import type { FinetuneJobs } from './finetuneJobs';
import { bundledSample } from './sample';
import { openSettings, readSettings } from './settingsDocument';
import { settingsFileName } from './settingsFileName';
import { shortPath } from './shortPath';

/** `target` and `images`: the checkpoint and the data that the command was called on; what is missing is asked for. */
export async function finetune(
  context: vscode.ExtensionContext,
  jobs: FinetuneJobs,
  target: unknown,
  images: unknown,
): Promise<void> {
  requireTrust();
  const given = {
    checkpoint: target instanceof vscode.Uri ? checkpointTarget(target) : undefined,
    data: images instanceof vscode.Uri ? images.fsPath : undefined,
  };
  const folder = await chooseWorkspaceFolder();
  if (!folder) return;
  const answers = await askSettings(context.workspaceState, bundledSample(context.extensionUri), given);
  if (!answers) return;
  const { checkpoint, data, method, then } = answers;
  if (then === 'edit') {
    const near = (file: string) => shortPath(folder, file);
    await openSettings(folder, {
      checkpoint: near(checkpoint),
      data: near(data),
      ...method,
      epochs: 15,
      batch: 32,
    });
  } else {
    start(jobs, { checkpoint, data, ...method }, folder);
  }
}

/** `uri`: of the settings file; from the palette it is the file in the active editor. */
export async function finetuneFromFile(jobs: FinetuneJobs, uri: unknown): Promise<void> {
  requireTrust();
  const file = uri instanceof vscode.Uri ? uri : vscode.window.activeTextEditor?.document.uri;
  if (!file || path.posix.basename(file.path) !== settingsFileName) {
    throw new HostError(vscode.l10n.t('Open a repsim.json first, or choose one in the explorer.'));
  }
  const folder = vscode.workspace.getWorkspaceFolder(file)?.uri ?? (await chooseWorkspaceFolder());
  if (!folder) return;
  start(jobs, await readSettings(file), onDisk(folder));
}

export async function finetuneSample(context: vscode.ExtensionContext, jobs: FinetuneJobs): Promise<void> {
  requireTrust();
  const folder = await chooseWorkspaceFolder();
  if (folder) start(jobs, { ...bundledSample(context.extensionUri), method: 'repsim' }, folder);
}

/** Starts the run and shows its panel beside the code at once. */
function start(jobs: FinetuneJobs, settings: FinetuneRequest, folder: vscode.Uri): void {
  const job = jobs.start({ settings: { ...computeSettings(folder), ...settings }, workspace: folder.fsPath });
  vscode.commands.executeCommand('repsim.openDrift', entryOf(job));
}

/** The folder that the run goes into. Undefined when the question was given up. */
async function chooseWorkspaceFolder(): Promise<vscode.Uri | undefined> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (folders.length === 0) {
    throw new HostError(vscode.l10n.t('Open a folder first: a run is kept in the workspace folder.'));
  }
  const chosen = folders.length === 1 ? folders[0] : await vscode.window.showWorkspaceFolderPick();
  return chosen && onDisk(chosen.uri);
}

function onDisk(folder: vscode.Uri): vscode.Uri {
  if (folder.scheme === 'file') return folder;
  throw new HostError(
    vscode.l10n.t('Finetuning reads and writes files on disk, which "{0}" is not on.', folder.toString()),
  );
}
