/** Gives a panel's page the style of the charts, with the palette of the theme: light, dark, and both of high contrast. */
import { chartRules, paletteVariables } from './charts/chartStyle';

export function adoptChartStyle(document: Document): void {
  const sheet = new CSSStyleSheet();
  // A light high-contrast page carries both high-contrast classes: its rule comes last.
  sheet.replaceSync(`
    :root, body.vscode-dark, body.vscode-high-contrast { ${paletteVariables('dark')} }
    body.vscode-light, body.vscode-high-contrast-light { ${paletteVariables('light')} }
    ${chartRules}`);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}
