/** `RepSim: Show Runtimes`: what can compute here, what `auto` takes and why not the others; choosing one sets the setting. */
import * as vscode from 'vscode';
import type { RuntimeChoice, RuntimeReport, RuntimesReport } from '../../protocol/runtime';
import { plainText } from '../ui/plainText';
import type { StatusBar } from '../ui/statusBar';
import type { RuntimeEngine } from './runtimeEngine';

interface RuntimeItem extends vscode.QuickPickItem {
  readonly choice: RuntimeChoice;
  /** Undefined for `auto`. */
  readonly report: RuntimeReport | undefined;
}

const setting = 'runtime';
/** A reason may be long, and the pick shows one line of it. */
const longestDetail = 400;

export async function showRuntimes(
  engine: RuntimeEngine,
  status: StatusBar,
  log: vscode.LogOutputChannel,
): Promise<void> {
  const refresh = { iconPath: new vscode.ThemeIcon('refresh'), tooltip: vscode.l10n.t('Try All Again') };
  const link = {
    iconPath: new vscode.ThemeIcon('link'),
    tooltip: vscode.l10n.t('Use Python TensorFlow...'),
  };
  const pick = vscode.window.createQuickPick<RuntimeItem>();
  pick.title = vscode.l10n.t('Runtimes of RepSim');
  pick.placeholder = vscode.l10n.t('Trying what can compute on this machine');
  pick.matchOnDescription = true;
  pick.matchOnDetail = true;
  pick.buttons = [refresh, link];
  const cancel = new vscode.CancellationTokenSource();
  let known: RuntimesReport | undefined;
  const load = async (again: boolean) => {
    pick.busy = true;
    const report = await engine.runtimes(again, cancel.token);
    if (!report) return;
    known = report;
    log.info(`runtimes: ${JSON.stringify(report)}`);
    const current = vscode.workspace.getConfiguration('repsim').get<RuntimeChoice>(setting, 'auto');
    if (current === 'auto') status.setRuntime(report.chosen, autoText(report));
    pick.items = itemsOf(report, current);
    pick.activeItems = pick.items.filter(({ choice }) => choice === current);
    pick.placeholder = vscode.l10n.t('Choose what executes the computations');
    pick.busy = false;
  };
  try {
    const chosen = await new Promise<RuntimeItem | undefined>((resolve, reject) => {
      pick.onDidAccept(() => resolve(pick.selectedItems[0]));
      pick.onDidHide(() => resolve(undefined));
      pick.onDidTriggerButton((button) => {
        if (button === refresh) load(true).catch(reject);
        else {
          resolve(undefined);
          vscode.commands.executeCommand('repsim.linkPythonTensorFlow');
        }
      });
      pick.show();
      load(false).catch(reject);
    });
    if (!chosen) return;
    await choose(chosen);
    if (chosen.choice === 'auto' && known) status.setRuntime(known.chosen, autoText(known));
  } finally {
    cancel.cancel();
    cancel.dispose();
    pick.dispose();
  }
}

function itemsOf(report: RuntimesReport, current: RuntimeChoice): RuntimeItem[] {
  const icon = (choice: RuntimeChoice, available: boolean) => {
    if (choice === current) return '$(check)';
    return available ? '$(circle-outline)' : '$(circle-slash)';
  };
  const auto: RuntimeItem = {
    label: `${icon('auto', true)} auto`,
    description: report.chosen,
    detail: autoText(report),
    ...{ choice: 'auto', report: undefined },
  };
  return [
    auto,
    ...report.runtimes.map((one): RuntimeItem => {
      const detail = detailOf(one);
      return {
        label: `${icon(one.name, one.available)} ${one.name}`,
        description: plainText(factsOf(one)),
        ...(detail && { detail: plainText(detail, longestDetail) }),
        ...{ choice: one.name, report: one },
      };
    }),
  ];
}

function autoText({ chosen }: RuntimesReport): string {
  return vscode.l10n.t('The fastest that works on this machine: {0}.', chosen);
}

function factsOf({ available, device, version, gigaflops }: RuntimeReport): string {
  if (!available) return vscode.l10n.t('not available');
  const speed = gigaflops === null ? undefined : vscode.l10n.t('{0} GFLOP/s', gigaflops);
  return [device, version, speed].filter((fact) => fact).join(' · ');
}

/** Short: the pick has one line for it. */
function detailOf({ why, fix }: RuntimeReport): string | undefined {
  if (!why) return undefined;
  const reason = `${why.charAt(0).toUpperCase()}${why.slice(1)}`;
  if (!fix) return `${reason}.`;
  const own = ownCommand(fix);
  // To try all again is a button of the pick.
  const todo = own
    ? fix.replace(own.words, `"RepSim: ${own.title}"`)
    : fix.replace(/: repsim runtimes --refresh$/, '');
  return `${reason}: ${todo}.`;
}

/** The editor's command for the one of the command line that `fix` names, if it names one. */
function ownCommand(fix: string) {
  return [
    {
      words: /repsim runtimes link\b.*/,
      title: vscode.l10n.t('Use Python TensorFlow...'),
      command: 'repsim.linkPythonTensorFlow',
    },
    {
      words: /repsim runtimes install\b.*/,
      title: vscode.l10n.t('Install CUDA Libraries...'),
      command: 'repsim.installRuntime',
    },
  ].find(({ words }) => words.test(fix));
}

async function choose({ choice, report }: RuntimeItem): Promise<void> {
  if (report && !report.available) {
    const own = ownCommand(report.fix ?? '');
    const chosen = await vscode.window.showWarningMessage(
      vscode.l10n.t('"{0}" does not work on this machine. {1}', choice, detailOf(report) ?? ''),
      ...(own ? [own.title] : []),
    );
    if (own && chosen === own.title) await vscode.commands.executeCommand(own.command);
    return;
  }
  const configuration = vscode.workspace.getConfiguration('repsim');
  // Where it says otherwise already, another place would have no effect.
  const inWorkspace = configuration.inspect(setting)?.workspaceValue !== undefined;
  const target = inWorkspace ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global;
  await configuration.update(setting, choice === 'auto' && !inWorkspace ? undefined : choice, target);
}
