/** From a line of code to the drift of the layer that it makes. */
import * as vscode from 'vscode';
import * as z from 'zod';
import type { LayerSources } from '../source/layerSources';
import { HostError } from '../ui/failures';
import { plainText } from '../ui/plainText';
import type { DriftLine, DriftLines } from './driftLines';
import { formatDrift, mostDrifted } from './driftText';

/** What a lens gives its command: the line that was clicked. */
const clickedLine = z.object({ document: z.string(), line: z.number() });

/** `clicked`: of a lens; from the palette or the menu it is the line of the cursor, and several layers are asked about. */
export async function showLayerDrift(
  lines: DriftLines,
  sources: LayerSources,
  clicked: unknown,
): Promise<void> {
  const given = clickedLine.safeParse(clicked).data;
  const editor = vscode.window.activeTextEditor;
  const document = given
    ? vscode.workspace.textDocuments.find(({ uri }) => uri.toString() === given.document)
    : editor?.document;
  const at = given?.line ?? editor?.selection.active.line;
  const found = document && (await lines.of(document)).find(({ line }) => line === at);
  if (!found) {
    throw new HostError(
      vscode.l10n.t(
        'No drift is known for this line: put the cursor on a line that makes a layer of a finetuned model.',
      ),
    );
  }
  if (found.others.length > 0) {
    const place = await sources.choose(found.layers[0]!.layer, found.architecture, found.others);
    if (!place) return;
  }
  const layer = given ? mostDrifted(found.layers)?.layer : await pickLayer(found);
  if (layer !== undefined) await vscode.commands.executeCommand('repsim.openDrift', found.run, layer);
}

async function pickLayer({ layers }: DriftLine): Promise<string | undefined> {
  if (layers.length === 1) return layers[0]!.layer;
  const items = [...layers]
    .sort((a, b) => b.drift - a.drift)
    .map(({ layer, drift }) => ({
      label: plainText(layer),
      description: vscode.l10n.t('drift {0}', formatDrift(drift)),
      layer,
    }));
  const title = vscode.l10n.t('This line makes several layers: whose drift?');
  return (await vscode.window.showQuickPick(items, { title }))?.layer;
}
