/** The extension as VS Code sees it: found, activated, its commands there. */
import assert from 'node:assert/strict';
import { suite, test } from 'mocha';
import * as vscode from 'vscode';

function extension(): vscode.Extension<unknown> {
  const found = vscode.extensions.getExtension('repsim.repsim');
  assert.ok(found, 'the extension is not there');
  return found;
}

suite('manifest', () => {
  test('activates', async () => {
    await extension().activate();
    assert.equal(extension().isActive, true);
  });

  test('registers every command that it contributes', async () => {
    await extension().activate();
    const registered = new Set(await vscode.commands.getCommands(true));
    const contributed: { command: string }[] = extension().packageJSON.contributes.commands;
    assert.ok(contributed.some(({ command }) => command === 'repsim.finetune'));
    assert.deepEqual(
      contributed.map(({ command }) => command).filter((command) => !registered.has(command)),
      [],
    );
  });

  test('titles of commands and settings are translated', () => {
    const contributes = JSON.stringify(extension().packageJSON.contributes);
    assert.doesNotMatch(contributes, /"%[\w.-]+%"/);
  });

  test('the runs view can be shown', async () => {
    await vscode.commands.executeCommand('repsim.runs.focus');
  });

  test('shows its log', async () => {
    await vscode.commands.executeCommand('repsim.showLog');
  });
});
