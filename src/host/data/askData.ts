/** `RepSim: Preview Data` asks for the data and whose preprocessing to show it with, and remembers the answers. */
import * as vscode from 'vscode';
import type { DataChoice } from '../../protocol/dataPanel';
import { askPath, withoutPath } from '../finetune/askPath';
import { dataFiles, findCheckpoints, findData, weightFiles } from '../finetune/findInputs';
import { bundledSample } from '../finetune/sample';
import { back } from '../ui/pickStep';

const rememberedKey = 'data.last';

/** `given`: the data that the command was called on. Undefined when the question was given up. */
export async function askData(
  context: vscode.ExtensionContext,
  given: string | undefined,
): Promise<DataChoice | undefined> {
  const sample = bundledSample(context.extensionUri);
  const last = context.workspaceState.get<Partial<DataChoice>>(rememberedKey) ?? {};
  const title = vscode.l10n.t('RepSim: Preview Data');
  const steps = given === undefined ? 2 : 1;
  for (;;) {
    const data =
      given ??
      (await askPath({
        ...{ title, step: 1, steps },
        placeholder: vscode.l10n.t('Data: an .npz in MedMNIST layout, a table, or a folder of class folders'),
        ...{ found: findData(), last: last.data, sample: sample.data, files: dataFiles },
      }));
    if (typeof data !== 'string') return undefined;
    const checkpoint = await askPath({
      ...{ title, step: steps, steps },
      placeholder: vscode.l10n.t('Show the images as which model sees them?'),
      ...{ found: findCheckpoints(), last: last.checkpoint, sample: sample.checkpoint, files: weightFiles },
      without: {
        label: vscode.l10n.t('$(circle-slash) No Model'),
        detail: vscode.l10n.t('Small pictures, cropped to a square'),
      },
    });
    if (checkpoint === back) continue;
    if (checkpoint === undefined) return undefined;
    const choice = { data, ...(checkpoint !== withoutPath && { checkpoint }) };
    await context.workspaceState.update(rememberedKey, choice);
    return choice;
  }
}
