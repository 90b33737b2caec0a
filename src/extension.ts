/** Entry of the extension: builds the services and registers the features. Nothing heavy is loaded here. */
import * as vscode from 'vscode';
import { registerCheckpoint } from './host/checkpoint/registerCheckpoint';
import { registerCodeLens } from './host/codelens/registerCodeLens';
import { registerCompare } from './host/compare/registerCompare';
import { registerConfiguration } from './host/configuration/registerConfiguration';
import { registerData } from './host/data/registerData';
import { registerDrift } from './host/drift/registerDrift';
import { FinetuneJobs } from './host/finetune/finetuneJobs';
import { registerFinetune } from './host/finetune/registerFinetune';
import { registerLandscape } from './host/landscape/registerLandscape';
import { registerRuns } from './host/runs/registerRuns';
import { RunsGoingOn } from './host/runs/runsGoingOn';
import { RunsStore } from './host/runs/runsStore';
import { registerRuntime } from './host/runtime/registerRuntime';
import { registerSource } from './host/source/registerSource';
import { Failures } from './host/ui/failures';
import { StatusBar } from './host/ui/statusBar';
import { followRuns } from './host/ui/statusBarRuns';
import { registerWalkthrough } from './host/ui/walkthrough';

export function activate(context: vscode.ExtensionContext): void {
  const begun = performance.now();
  const log = vscode.window.createOutputChannel('RepSim', { log: true });
  const failures = new Failures(log);
  const jobs = new FinetuneJobs(context.asAbsolutePath('dist/engine.js'), log, failures);
  const store = new RunsStore(jobs, context.workspaceState);
  const goingOn = new RunsGoingOn(jobs, store, failures);
  const status = new StatusBar();
  const source = registerSource(context.workspaceState, store, failures);
  context.subscriptions.push(
    log,
    status,
    followRuns(jobs, goingOn, status),
    jobs,
    store,
    goingOn,
    failures.command('repsim.showLog', () => log.show(true)),
    registerFinetune(context, jobs, failures),
    registerRuns(context, jobs, store, goingOn, failures),
    registerDrift(context.extensionUri, store, failures),
    registerCompare(context, store, failures, log),
    registerLandscape(context, store, failures, log, status),
    registerCheckpoint(context, failures, log),
    registerData(context, failures, log),
    registerRuntime(context, failures, log, status),
    registerConfiguration(context, failures),
    registerWalkthrough(context, failures),
    source.disposable,
    registerCodeLens(store, source.sources, failures),
  );
  log.info(`activated in ${(performance.now() - begun).toFixed(1)} ms`);
}
