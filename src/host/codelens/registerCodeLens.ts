/** The feature "drift at the line": lenses and marks in code that defines, builds or loads models. */
import * as vscode from 'vscode';
import { rateLimit } from '../../protocol/rateLimit';
import type { RunsStore } from '../runs/runsStore';
import type { LoadLayerSources } from '../source/registerSource';
import type { Failures } from '../ui/failures';
import type { DriftDecorations } from './driftDecorations';
import type { DriftLines } from './driftLines';

/** Runs write often: lenses and marks follow once a second. */
const interval = 1000;

const languages = ['python', 'typescript', 'typescriptreact', 'javascript', 'javascriptreact'];
const selector: vscode.DocumentSelector = [
  ...languages.flatMap((language) =>
    ['file', 'untitled', 'vscode-notebook-cell'].map((scheme) => ({ language, scheme })),
  ),
  { pattern: '**/{config,repsim,*model}.json', scheme: 'file' },
];

export function registerCodeLens(
  store: RunsStore,
  sources: LoadLayerSources,
  failures: Failures,
): vscode.Disposable {
  const changed = new vscode.EventEmitter<void>();
  let decorations: DriftDecorations | undefined;
  const refresh = rateLimit<void>(interval, () => {
    changed.fire();
    decorations?.refresh();
  });
  const subscriptions: vscode.Disposable[] = [];
  let loading: Promise<DriftLines> | undefined;
  /** Loaded with the first document of code. */
  const lines = () => {
    loading ??= Promise.all([sources(), import('./driftLines'), import('./driftDecorations')]).then(
      ([open, { DriftLines }, { DriftDecorations }]) => {
        const found = new DriftLines(open, store);
        decorations = new DriftDecorations(found, failures);
        subscriptions.push(
          decorations,
          open.onDidChoose(() => refresh()),
        );
        return found;
      },
    );
    return loading;
  };
  // Marks are drawn also where the editor shows no lenses.
  const begin = () => {
    const code = vscode.window.visibleTextEditors.some(({ document }) =>
      languages.includes(document.languageId),
    );
    if (code && !loading) failures.quietly(lines);
  };
  begin();
  const provider: vscode.CodeLensProvider = {
    onDidChangeCodeLenses: changed.event,
    provideCodeLenses: (document, token) =>
      failures.quietly(async () => {
        const drift = await lines();
        if (!vscode.workspace.getConfiguration('repsim', document).get<boolean>('codeLens.enabled', true))
          return [];
        const open = await sources();
        const { modelLenses, driftLenses } = await import('./lenses');
        const models = await modelLenses(open, document, token);
        if (token.isCancellationRequested || !(await drift.wanted())) return models;
        if (open.index.ready) return [...models, ...(await driftLenses(drift, document))];
        // The first look at the whole workspace takes a while: what is known is shown until then.
        failures.quietly(() => open.index.modulePaths().then(() => refresh()));
        return models;
      }),
  };
  return vscode.Disposable.from(
    changed,
    refresh,
    vscode.window.onDidChangeVisibleTextEditors(begin),
    vscode.languages.registerCodeLensProvider(selector, provider),
    failures.command('repsim.showLayerDrift', async (clicked) => {
      const { showLayerDrift } = await import('./showDrift');
      await showLayerDrift(await lines(), await sources(), clicked);
    }),
    store.onDidChangeRun(() => refresh()),
    store.onDidChangeList(() => refresh()),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration('repsim')) refresh();
    }),
    {
      dispose: () => {
        for (const subscription of subscriptions) subscription.dispose();
      },
    },
  );
}
