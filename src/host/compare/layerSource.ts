/**
 * Layer to source: the line of the workspace's code that speaks of a layer. A layer's name as code writes it, in
 * quotes, is what hooks, `get_submodule` and state dicts use.
 */
import * as vscode from 'vscode';

const codeFiles = '**/*.{py,ts,tsx,js,mjs,ipynb}';
const leftOut = '**/{node_modules,.git,.repsim,.venv,site-packages,dist,build}/**';
const mostFiles = 300;
const largestFile = 1024 * 1024;

/** Shows the line; where none is found, says what was looked for and where. */
export async function revealLayer(layer: string): Promise<void> {
  const files = await vscode.workspace.findFiles(codeFiles, leftOut, mostFiles);
  for (const file of files) {
    const offset = await find(file, layer);
    if (offset === undefined) continue;
    const document = await vscode.workspace.openTextDocument(file);
    const selection = new vscode.Range(
      document.positionAt(offset),
      document.positionAt(offset + layer.length),
    );
    await vscode.window.showTextDocument(document, {
      selection,
      viewColumn: vscode.ViewColumn.One,
      preserveFocus: false,
    });
    return;
  }
  vscode.window.showInformationMessage(
    vscode.l10n.t(
      'No line of code is known for layer "{0}": none of {1} Python, TypeScript, JavaScript and notebook files in the workspace has its name in quotes.',
      layer.slice(0, 120),
      files.length,
    ),
  );
}

/** Where the name stands in quotes in the file. */
async function find(file: vscode.Uri, layer: string): Promise<number | undefined> {
  const { size } = await vscode.workspace.fs.stat(file);
  if (size > largestFile) return undefined;
  const text = Buffer.from(await vscode.workspace.fs.readFile(file)).toString('utf8');
  const places = [`"${layer}"`, `'${layer}'`, `\`${layer}\``].map((name) => text.indexOf(name));
  const found = places.filter((place) => place >= 0);
  return found.length > 0 ? Math.min(...found) + 1 : undefined;
}
