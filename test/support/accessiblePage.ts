/**
 * What can be checked of a page without eyes: that everything one can act on has a name, that charts say what they show,
 * and that text stands out from what is behind it. Rules after WCAG 2.2: 1.1.1, 1.4.3, 4.1.2.
 */
import type { Frame } from 'playwright-core';

export interface AccessibilityCheck {
  /** What is wrong, one line each. */
  readonly faults: readonly string[];
  readonly controls: number;
  readonly texts: number;
}

/** `contrast`: the least ratio of text to its ground; large text may have two thirds of it. */
export async function checkAccessibility(frame: Frame, contrast: number): Promise<AccessibilityCheck> {
  // The test runner's compiler names functions through this helper, also those that run in the page.
  await frame.evaluate('globalThis.__name = (named) => named');
  return frame.evaluate(inPage, contrast);
}

function inPage(contrast: number): AccessibilityCheck {
  const faults: string[] = [];
  const shown = (element: Element) =>
    element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) &&
    element.getBoundingClientRect().width > 1;
  const called = (element: Element) =>
    `${element.tagName.toLowerCase()}${element.id ? `#${element.id}` : ''}.${element.getAttribute('class') ?? ''}`;
  const textOf = (id: string) => document.getElementById(id)?.textContent?.trim() ?? '';
  const nameOf = (element: Element) =>
    element.getAttribute('aria-label')?.trim() ||
    (element.getAttribute('aria-labelledby') ?? '').split(/\s+/).map(textOf).join(' ').trim() ||
    [...((element as HTMLInputElement).labels ?? [])].map((label) => label.textContent?.trim()).join(' ') ||
    (element.matches('select, input') ? '' : element.textContent?.trim()) ||
    element.getAttribute('title')?.trim() ||
    element.getAttribute('aria-valuetext') ||
    '';
  const acting =
    'button, a[href], input, select, summary, [tabindex], [role=button], [role=menuitem], [role=radio], [role=treegrid], [role=progressbar], vscode-button, vscode-radio, vscode-radio-group';
  const controls = [...document.querySelectorAll(acting)].filter(shown);
  for (const control of controls) {
    const isScroller = control.matches('.table');
    if (!isScroller && !nameOf(control)) faults.push(`no name: ${called(control)}`);
  }
  for (const chart of document.querySelectorAll('svg')) {
    const hidden = chart.closest('[aria-hidden="true"]');
    if (shown(chart) && !hidden && !(chart.getAttribute('role') === 'img' && nameOf(chart)))
      faults.push(`a picture without words: ${called(chart)} in ${called(chart.parentElement!)}`);
  }
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })!;
  /** Red, green and blue from 0 to 255 and the opacity, of any colour that CSS can write. */
  const rgba = (colour: string): [number, number, number, number] => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r = 0, g = 0, b = 0, a = 0] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const luminance = (rgb: readonly number[]) => {
    const [r = 0, g = 0, b = 0] = rgb.map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const over = (top: readonly number[], below: readonly number[]) =>
    [0, 1, 2].map((i) => top[i]! * top[3]! + below[i]! * (1 - top[3]!));
  // A webview lets through what the editor has behind it.
  const editor = getComputedStyle(document.documentElement).getPropertyValue('--vscode-editor-background');
  /** What is behind the element, from the outermost in. */
  const groundOf = (element: Element) => {
    const chain: Element[] = [];
    for (let at: Element | null = element; at; at = at.parentElement) chain.unshift(at);
    return chain.reduce<readonly number[]>(
      (below, at) => over(rgba(getComputedStyle(at).backgroundColor), below),
      rgba(editor.trim() || 'white'),
    );
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let texts = 0;
  const seen = new Set<Element>();
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!element || !node.textContent?.trim() || seen.has(element) || !shown(element)) continue;
    seen.add(element);
    // In pictures the palette has a test of its own; controls that are off may be faint, says the standard.
    if (element.closest('svg, option, script, style, .spoken, [disabled], vscode-button[disabled]')) continue;
    const style = getComputedStyle(element);
    const ground = groundOf(element);
    const ink = over(rgba(style.color), ground);
    const [light, dark] = [luminance(ink), luminance(ground)].sort((a, b) => b - a) as [number, number];
    const ratio = (light + 0.05) / (dark + 0.05);
    const size = Number.parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.6 && Number(style.fontWeight) >= 700);
    texts++;
    if (ratio < (large ? (contrast * 2) / 3 : contrast))
      faults.push(
        `contrast ${ratio.toFixed(2)}: ${called(element)} "${node.textContent.trim().slice(0, 40)}"`,
      );
  }
  return { faults, controls: controls.length, texts };
}
