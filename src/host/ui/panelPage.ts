/** The page of a panel: a shell around the bundled script, which draws everything. */
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';

/** What a webview is allowed: scripts, and files of the folder that holds the bundled pages. */
export function pageOptions(extension: vscode.Uri): vscode.WebviewOptions {
  return { enableScripts: true, localResourceRoots: [pageFolder(extension)] };
}

/** `name`: of the bundled script and style. */
export function panelPage(webview: vscode.Webview, extension: vscode.Uri, name: string): string {
  const uri = (file: string) => webview.asWebviewUri(vscode.Uri.joinPath(pageFolder(extension), file));
  const nonce = randomBytes(16).toString('base64');
  // The controls try out a rule in an empty <style>, whose nonce they look for in a meta element; scripts have another one.
  const styleNonce = randomBytes(16).toString('base64');
  const source = webview.cspSource;
  const policy = [
    `default-src 'none'`,
    `script-src 'nonce-${nonce}'`,
    `style-src ${source} 'nonce-${styleNonce}'`,
    `img-src ${source} data: blob:`,
    `font-src ${source}`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="${vscode.env.language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta property="csp-nonce" content="${styleNonce}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${uri(`${name}.css`)}">
<title>RepSim</title>
</head>
<body>
<div id="app"></div>
${words()}
<script nonce="${nonce}" src="${uri(`${name}.js`)}"></script>
</body>
</html>`;
}

/** The words of the panels in the language of the editor; none where it is English. */
function words(): string {
  const { bundle } = vscode.l10n;
  if (!bundle) return '';
  // No word can end the element or begin another.
  const text = JSON.stringify(bundle).replaceAll('<', '\\u003c');
  return `<script type="application/json" id="words">${text}</script>`;
}

function pageFolder(extension: vscode.Uri): vscode.Uri {
  return vscode.Uri.joinPath(extension, 'dist', 'webview');
}
