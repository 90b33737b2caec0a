/** `RepSim: Install CUDA Libraries...` and `RepSim: Remove Runtime...`: nothing is fetched before the person has seen what and from where. */
import path from 'node:path';
import * as vscode from 'vscode';
import { runtimeEnvironment } from '../../protocol/runtime';
import {
  archiveAddress,
  type InstallableRuntime,
  installableOn,
  removableOn,
} from '../../protocol/runtimeCatalogue';
import { engineEnvironment } from '../engine/engineEnvironment';
import { stageText } from '../ui/coreWords';
import { HostError } from '../ui/failures';
import type { RuntimeEngine } from './runtimeEngine';

export async function installRuntime(engine: RuntimeEngine): Promise<void> {
  const runtime = await choose(vscode.l10n.t('Which libraries fit the CUDA of this machine?'));
  if (!runtime) return;
  const consent = await ask(runtime);
  if (!consent) return;
  const report = await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: vscode.l10n.t('RepSim: installing {0}', runtime.title),
      cancellable: true,
    },
    (progress, token) => {
      let shown = 0;
      return engine.installRuntime(runtime.id, consent.file, token, ({ stage, done, total }) => {
        const now = total > 0 ? (100 * done) / total : 0;
        const megabytes = total > 0 ? ` (${(done / 1e6).toFixed(0)} / ${(total / 1e6).toFixed(0)} MB)` : '';
        progress.report({ message: stageText(stage) + megabytes, increment: Math.max(0, now - shown) });
        shown = Math.max(shown, now);
      });
    },
  );
  if (!report) {
    vscode.window.showInformationMessage(
      vscode.l10n.t('The installation was cancelled. What was downloaded is kept for the next time.'),
    );
    return;
  }
  const show = vscode.l10n.t('Show Runtimes');
  const sentence = report.available
    ? vscode.l10n.t(
        '{0} are installed and work: {1}, {2} GFLOP/s.',
        runtime.title,
        report.device ?? '',
        report.gigaflops ?? 0,
      )
    : vscode.l10n.t(
        '{0} are installed but do not work yet: {1}. To change that: {2}.',
        runtime.title,
        report.why ?? '',
        report.fix ?? '',
      );
  const chosen = await vscode.window.showInformationMessage(sentence, show);
  if (chosen === show) await vscode.commands.executeCommand('repsim.showRuntimes');
}

export async function removeRuntime(engine: RuntimeEngine): Promise<void> {
  const items = removableOn(platform).map(({ id, title }) => ({ label: title, id }));
  const title = vscode.l10n.t('Which runtime should be removed?');
  const chosen = await vscode.window.showQuickPick(items, { title });
  if (!chosen) return;
  const reply = await engine.removeRuntime(chosen.id);
  vscode.window.showInformationMessage(
    reply?.removed
      ? vscode.l10n.t('{0}: removed.', chosen.label)
      : vscode.l10n.t('{0}: nothing to remove.', chosen.label),
  );
}

const platform = `${process.platform}-${process.arch}`;

async function choose(title: string): Promise<InstallableRuntime | undefined> {
  const items = installableOn(platform).map((runtime) => ({
    label: runtime.title,
    description: runtime.version,
    detail: vscode.l10n.t('Needs {0}', runtime.requirements),
    runtime,
  }));
  if (items.length === 0) {
    throw new HostError(
      vscode.l10n.t(
        'There are no CUDA libraries for {0}: see "RepSim: Show Runtimes" for what else uses the GPU.',
        platform,
      ),
    );
  }
  return (await vscode.window.showQuickPick(items, { title, matchOnDetail: true }))?.runtime;
}

/** What the person has agreed to: a download, or a file of theirs. */
async function ask(runtime: InstallableRuntime): Promise<{ readonly file: string | undefined } | undefined> {
  const download = vscode.l10n.t('Download and Install');
  const fromFile = vscode.l10n.t('From a File...');
  const folder = path.join(engineEnvironment()[runtimeEnvironment.storage] ?? '', 'runtimes', runtime.id);
  const detail = [
    vscode.l10n.t('From: {0}', archiveAddress(runtime, process.env)),
    vscode.l10n.t('Download: about {0} MB, checked by its SHA-256', runtime.archiveMegabytes),
    vscode.l10n.t('Into: {0} (about {1} MB)', folder, runtime.installedMegabytes),
    vscode.l10n.t('Needs: {0}', runtime.requirements),
  ].join('\n');
  const chosen = await vscode.window.showInformationMessage(
    vscode.l10n.t('Install {0}?', `${runtime.title} ${runtime.version}`),
    { modal: true, detail },
    download,
    fromFile,
  );
  if (chosen === download) return { file: undefined };
  if (chosen !== fromFile) return undefined;
  const files = await vscode.window.showOpenDialog({
    title: vscode.l10n.t('The archive {0}', path.posix.basename(runtime.url)),
  });
  const [file] = files ?? [];
  return file && { file: file.fsPath };
}
