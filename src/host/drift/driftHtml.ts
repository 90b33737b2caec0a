/** The page of the drift panel: a shell around the bundled script, which draws everything. */
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';

/** Folders that the page may load from. */
export function driftResources(extension: vscode.Uri): vscode.Uri[] {
  return [vscode.Uri.joinPath(extension, 'dist', 'webview')];
}

export function driftHtml(webview: vscode.Webview, extension: vscode.Uri): string {
  const [folder] = driftResources(extension);
  const uri = (name: string) => webview.asWebviewUri(vscode.Uri.joinPath(folder!, name));
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
<link rel="stylesheet" href="${uri('drift.css')}">
<title>RepSim</title>
</head>
<body>
<div id="app"></div>
<script nonce="${nonce}" src="${uri('drift.js')}"></script>
</body>
</html>`;
}
