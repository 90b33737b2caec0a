/** Gives a panel's page the style of the charts, with the palette of the theme: light, dark, and both of high contrast. */
import { chartRules, paletteVariables } from './charts/chartStyle';

/** Where the system sets all colours, the charts take its own; the palette follows its background, not the theme's. */
const forced =
  '--chart-text: CanvasText; --chart-muted: CanvasText; --chart-grid: color-mix(in srgb, CanvasText 40%, Canvas); --chart-background: Canvas;';

export function adoptChartStyle(document: Document): void {
  const sheet = new CSSStyleSheet();
  // A light high-contrast page carries both high-contrast classes: its rule comes last.
  sheet.replaceSync(`
    :root, body.vscode-dark, body.vscode-high-contrast { ${paletteVariables('dark')} }
    body.vscode-light, body.vscode-high-contrast-light { ${paletteVariables('light')} }
    @media (forced-colors: active) { body, body.vscode-high-contrast { ${forced} ${paletteVariables('light')} } }
    @media (forced-colors: active) and (prefers-color-scheme: dark) { body, body.vscode-high-contrast { ${paletteVariables('dark')} } }
    ${chartRules}`);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}
