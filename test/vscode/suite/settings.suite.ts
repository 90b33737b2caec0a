/** Settings and the editing of repsim.json. */
import assert from 'node:assert/strict';
import { suite, test } from 'mocha';
import * as vscode from 'vscode';
import { until } from '../../support/until';

function file(name: string): vscode.Uri {
  const folder = vscode.workspace.workspaceFolders?.[0];
  assert.ok(folder, 'no workspace folder is open');
  return vscode.Uri.joinPath(folder.uri, name);
}

async function open(name: string, text: string): Promise<vscode.TextDocument> {
  await vscode.workspace.fs.writeFile(file(name), Buffer.from(text));
  const document = await vscode.workspace.openTextDocument(file(name));
  await vscode.window.showTextDocument(document);
  return document;
}

suite('settings', () => {
  test('a runtime is chosen by itself and all cores are used unless the user says otherwise', () => {
    const settings = vscode.workspace.getConfiguration('repsim');
    assert.equal(settings.get('runtime'), 'auto');
    assert.equal(settings.get('threads'), null);
  });

  test('repsim.json may have comments', async () => {
    const document = await open('repsim.json', '// what to keep\n{ "checkpoint": "a", "data": "b" }\n');
    assert.equal(document.languageId, 'jsonc');
  });

  test('a wrong method in repsim.json is underlined', async () => {
    const document = await open(
      'wrong/repsim.json',
      '{\n "checkpoint": "a", "data": "b",\n "method": "none" }\n',
    );
    // Beside it are those of paths that do not exist, in another line.
    const underlined = () =>
      vscode.languages.getDiagnostics(document.uri).some(({ range }) => range.start.line === 2);
    await until('a diagnostic of the method', () => underlined() || undefined);
  });

  test('the methods of repsim.json are completed', async () => {
    const text = '{ "method": "" }';
    const document = await open('completed/repsim.json', text);
    const labels = await until('completions', async () => {
      const list = await vscode.commands.executeCommand<vscode.CompletionList>(
        'vscode.executeCompletionItemProvider',
        document.uri,
        new vscode.Position(0, text.indexOf('""') + 1),
      );
      const found = list.items.map(({ label }) => (typeof label === 'string' ? label : label.label));
      return found.some((label) => label.includes('repsim')) ? found : undefined;
    });
    for (const method of ['full', 'linear', 'repsim'])
      assert.ok(
        labels.some((label) => label.replaceAll('"', '') === method),
        `${method} is not among ${labels}`,
      );
  });
});
