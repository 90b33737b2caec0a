/** The feature "runtime": where engines find runtimes, and the commands about them. */
import * as vscode from 'vscode';
import { runtimeEnvironment } from '../../protocol/runtime';
import { provideEngineEnvironment } from '../engine/engineEnvironment';
import type { Failures } from '../ui/failures';
import type { StatusBar } from '../ui/statusBar';
import { requireTrust } from '../ui/trust';
import { proxyEnvironment } from './proxyEnvironment';
import { RuntimeEngine } from './runtimeEngine';

export function registerRuntime(
  context: vscode.ExtensionContext,
  failures: Failures,
  log: vscode.LogOutputChannel,
  status: StatusBar,
): vscode.Disposable {
  provideEngineEnvironment(() => runtimePlaces(context.globalStorageUri));
  const engine = new RuntimeEngine(context.asAbsolutePath('dist/engine.js'), log);
  return vscode.Disposable.from(
    failures.command('repsim.showRuntimes', async () => {
      requireTrust();
      const { showRuntimes } = await import('./showRuntimes');
      await showRuntimes(engine, status, log);
    }),
    failures.command('repsim.linkPythonTensorFlow', async () => {
      requireTrust();
      const { linkPython } = await import('./linkPython');
      await linkPython(engine);
    }),
    failures.command('repsim.installRuntime', async () => {
      requireTrust();
      const { installRuntime } = await import('./installRuntime');
      await installRuntime(engine);
    }),
    failures.command('repsim.removeRuntime', async () => {
      requireTrust();
      const { removeRuntime } = await import('./installRuntime');
      await removeRuntime(engine);
    }),
  );
}

/** Where engines look for runtimes and how they reach the network, as the settings and the trust of the workspace are now. */
function runtimePlaces(storage: vscode.Uri): Record<string, string> {
  const named = vscode.workspace.getConfiguration('repsim').get<string>('runtimePath');
  const http = vscode.workspace.getConfiguration('http');
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const trusted = vscode.workspace.isTrusted && folder?.scheme === 'file' ? folder.fsPath : undefined;
  return {
    [runtimeEnvironment.storage]: process.env[runtimeEnvironment.storage] || storage.fsPath,
    ...(named && { [runtimeEnvironment.path]: named }),
    ...(trusted !== undefined && { [runtimeEnvironment.workspace]: trusted }),
    ...proxyEnvironment(
      {
        proxy: http.get('proxy'),
        noProxy: http.get('noProxy'),
        proxySupport: http.get('proxySupport'),
      },
      process.env,
    ),
  };
}
