/** How the drift panel looks: themes, contrast, sizes, motion, and what a screen reader is told. Keeps a picture each. */
import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { finishedSnapshot, runningSnapshot } from './exampleRuns';
import { type PanelPage, themeKinds } from './panelPage';
import { pictures, withPanel } from './panelTest';

test('the panel fits into 350 px', () =>
  withPanel({ width: 350 }, async (panel) => {
    await panel.send(finishedSnapshot({ blocks: 12 }));
    assert.equal(await panel.page.evaluate(() => document.documentElement.scrollWidth), 350);
    await panel.page.screenshot({ path: path.join(pictures, 'narrow.png'), fullPage: true });
  }));

test('the charts take the width that they are given', () =>
  withPanel({ width: 900 }, async (panel) => {
    await panel.send(finishedSnapshot());
    const width = async () =>
      Number(await panel.page.locator('#similarity-chart svg.chart').getAttribute('width'));
    const wide = await width();
    await panel.page.setViewportSize({ width: 500, height: 900 });
    await panel.page.waitForFunction(
      (was) => Number(document.querySelector('#similarity-chart svg.chart')?.getAttribute('width')) < was,
      wide,
    );
    assert.equal(await width(), 460);
  }));

test('thirty layers, 200 probes and 5000 steps are drawn, and drawn again only where something changed', () =>
  withPanel({}, async (panel) => {
    const big = finishedSnapshot({ blocks: 29, steps: 5000, probes: 200 });
    await panel.send(big);
    assert.equal(await panel.page.locator('#similarity-strip [data-row] rect').count(), 30 * 201);
    await panel.page
      .locator('#similarity-strip [data-row="final"] rect')
      .first()
      .evaluate((cell) => cell.setAttribute('data-kept', ''));
    await panel.send(big);
    assert.equal(await panel.page.locator('[data-kept]').count(), 1);
    const length = await panel.page.locator('#loss-chart .line').first().getAttribute('d');
    assert.ok(length!.length < 40_000, 'a line is thinned to what its width can show');
  }));

for (const theme of themeKinds) {
  test(`text is readable and the picture is kept: ${theme}`, () =>
    withPanel({ theme, width: 820 }, async (panel) => {
      await panel.send(finishedSnapshot());
      const ratios = await contrasts(panel);
      assert.ok(Math.min(...ratios.text) >= 4.5, `text ${Math.min(...ratios.text)}`);
      assert.ok(Math.min(...ratios.axes) >= 4.5, `axes ${Math.min(...ratios.axes)}`);
      assert.ok(Math.min(...ratios.lines) >= 3, `lines ${Math.min(...ratios.lines)}`);
      await panel.page.screenshot({ path: path.join(pictures, `finished-${theme}.png`), fullPage: true });
      await panel.send(runningSnapshot());
      await panel.page.locator('#similarity-chart .plot').press('End');
      await panel.page.screenshot({ path: path.join(pictures, `running-${theme}.png`) });
    }));
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`forced colours, ${colorScheme}: text and lines stand out from the system's background`, () =>
    withPanel({ theme: 'high-contrast', forcedColors: true, colorScheme }, async (panel) => {
      await panel.send(finishedSnapshot());
      const ratios = await contrasts(panel, 'Canvas');
      assert.ok(Math.min(...ratios.axes) >= 4.5, `axes ${Math.min(...ratios.axes)}`);
      assert.ok(Math.min(...ratios.lines) >= 3, `lines ${Math.min(...ratios.lines)}`);
      await panel.page.screenshot({ path: path.join(pictures, `forced-colors-${colorScheme}.png`) });
    }));
}

test('nothing turns or slides where motion is to be reduced', () =>
  withPanel({ reduceMotion: true }, async (panel) => {
    await panel.send(runningSnapshot());
    const style = (selector: string, property: string) =>
      panel.page
        .locator(selector)
        .evaluate((element, name) => getComputedStyle(element).getPropertyValue(name), property);
    assert.equal(await style('#state svg', 'animation-name'), 'none');
    assert.equal(await style('.bar-done', 'transition-duration'), '0s');
    await panel.page.evaluate(() => document.body.classList.remove('vscode-reduce-motion'));
    assert.equal(await style('#state svg', 'animation-name'), 'turn');
  }));

test('each chart is an image with a summary, and each control has a name', () =>
  withPanel({}, async (panel) => {
    await panel.send(finishedSnapshot());
    const { page } = panel;
    const labels = await page
      .locator('svg[role=img]')
      .evaluateAll((all) => all.map((svg) => svg.getAttribute('aria-label') ?? ''));
    assert.equal(labels.length, 5);
    for (const label of labels) assert.match(label, /\d/);
    assert.match(
      labels[0]!,
      /At step 296: most similar block\.0 at 0\.98\d, least similar final at 0\.56\d\.$/,
    );
    for (const name of ['Show Log', 'Open Folder', 'Export']) {
      assert.equal(await page.getByRole('button', { name }).count(), 1, name);
    }
    assert.equal(await page.getByRole('radio').count(), 2);
  }));

/** Contrast of what is drawn and written with the page's background, or with a colour that is named. */
function contrasts(panel: PanelPage, background?: string) {
  return panel.page.evaluate((named) => {
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })!;
    const luminance = (colour: string) => {
      canvas.fillStyle = '#808080';
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
      const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((byte) => {
        const part = byte / 255;
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
    };
    const page = luminance(named ?? getComputedStyle(document.documentElement).backgroundColor);
    const ratio = (colour: string) => {
      const other = luminance(colour);
      return (Math.max(page, other) + 0.05) / (Math.min(page, other) + 0.05);
    };
    const of = (selector: string, property: string) =>
      [...document.querySelectorAll(selector)].map((element) =>
        ratio(getComputedStyle(element).getPropertyValue(property)),
      );
    return {
      text: of('h1, h2, dt, dd, figcaption, td, th, #progress, #state', 'color'),
      axes: of('svg.chart .axis text', 'fill'),
      lines: of('svg.chart .series .line', 'stroke'),
    };
  }, background);
}
