/** The drift panel as its user meets it, in Chromium under the policy that the host sets. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import test, { after, before } from 'node:test';
import type { Browser, Locator } from 'playwright-core';
import { driftToHost } from '../../src/protocol/drift';
import { renderReport } from '../../webview/report/report';
import {
  exampleSimilarity,
  failedSnapshot,
  finishedSnapshot,
  hostileName,
  hostileSnapshot,
  runningSnapshot,
} from './exampleRuns';
import { bundlePanel, launchBrowser, type PanelOptions, PanelPage, themeKinds } from './panelPage';

const pictures = path.join(__dirname, '../../test-results/webview');
const layers = ['block.0', 'block.1', 'block.2', 'block.3', 'block.4', 'block.5', 'final'];
let browser: Browser;
let bundle: Awaited<ReturnType<typeof bundlePanel>>;

before(async () => {
  mkdirSync(pictures, { recursive: true });
  [browser, bundle] = await Promise.all([launchBrowser(), bundlePanel()]);
});
after(() => browser?.close());

/** Opens a panel, does something with it, and holds that nothing went wrong on the page meanwhile. */
async function withPanel(options: PanelOptions, work: (panel: PanelPage) => Promise<void>): Promise<void> {
  const panel = await PanelPage.open(browser, bundle, options);
  try {
    await work(panel);
    assert.deepEqual(panel.problems, []);
  } finally {
    await panel.close();
  }
}

/** The newest value that a layer's line shows. */
async function lastOf(panel: PanelPage, layer: string): Promise<number> {
  const line = panel.page.locator(`#similarity-chart [data-series="${layer}"] .line`);
  return Number(await line.getAttribute('data-last'));
}

/** The text that a person sees there. */
async function shown(where: Locator): Promise<string> {
  return (await where.allInnerTexts()).join('\n');
}

function close(actual: number, expected: number, tolerance = 1e-9): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`);
}

test('it says that it is ready and that there is no run yet', () =>
  withPanel({}, async (panel) => {
    assert.deepEqual(await panel.sent(), [{ type: 'ready' }]);
    assert.equal(await panel.page.locator('#app').getAttribute('data-state'), 'empty');
    assert.match(await shown(panel.page.locator('#empty')), /No run yet/);
  }));

test('a running run shows its state, progress, and a line and a row for every layer', () =>
  withPanel({}, async (panel) => {
    await panel.send(runningSnapshot());
    const { page } = panel;
    assert.equal(await shown(page.locator('#state')), 'Running');
    assert.match(await shown(page.locator('#progress')), /epoch 9 of 15 · step 165 of 300/);
    assert.equal(await page.locator('[role=progressbar]').getAttribute('aria-valuenow'), '55');
    const lines = await page
      .locator('#similarity-chart .series')
      .evaluateAll((all) => all.map((one) => one.getAttribute('data-series')));
    assert.deepEqual(lines.sort(), [...layers].sort());
    // The last probe of the first 165 of 300 steps, one every 8.
    close(await lastOf(panel, 'final'), exampleSimilarity('repsim', 6, 7, 160 / 300));
    const cells = page.locator('#similarity-strip [data-row="block.3"] rect');
    assert.equal(await cells.count(), 21);
    close(
      Number(await cells.nth(10).getAttribute('data-value')),
      exampleSimilarity('repsim', 3, 7, 80 / 300),
    );
    assert.match(
      await shown(page.locator('#similarity-chart figcaption')),
      /^Debiased linear CKA to the pretrained model, n = 256 validation images, CLS token$/,
    );
  }));

test('snapshots that follow make the lines grow', () =>
  withPanel({}, async (panel) => {
    await panel.send(runningSnapshot({ done: 0.3 }));
    const step = () =>
      panel.page.locator('#similarity-chart [data-series="final"] .line').getAttribute('data-last-step');
    assert.equal(await step(), '88');
    await panel.send(runningSnapshot({ done: 0.6 }));
    assert.equal(await step(), '176');
    await panel.send(finishedSnapshot());
    assert.equal(await step(), '296');
    assert.equal(await shown(panel.page.locator('#state')), 'Finished');
  }));

test('the samples are switched and remembered', () =>
  withPanel({}, async (panel) => {
    await panel.send(finishedSnapshot());
    const before = await lastOf(panel, 'final');
    await panel.page.locator('vscode-radio[value=mean]').click();
    await panel.page
      .locator('#similarity-chart figcaption', { hasText: 'mean of the patch tokens' })
      .waitFor();
    close(before - (await lastOf(panel, 'final')), 0.08 * (296 / 300) * (6 / 7));
    assert.deepEqual(await panel.state(), { run: finishedSnapshot().run, samples: 'mean' });
  }));

test('what was looked at comes back with the panel', () =>
  withPanel({ state: { run: 'somewhere', samples: 'mean', layer: 'block.2' } }, async (panel) => {
    await panel.send(finishedSnapshot());
    assert.match(await shown(panel.page.locator('#similarity-chart figcaption')), /mean of the patch tokens/);
    assert.equal(await shown(panel.page.locator('.legend [aria-pressed=true]')), 'block.2');
    assert.equal(
      await panel.page.locator('#similarity-chart .series.picked').getAttribute('data-series'),
      'block.2',
    );
  }));

test('a state that it does not know is as none', () =>
  withPanel({ state: { samples: 'tokens', layer: 7 } }, async (panel) => {
    await panel.send(finishedSnapshot());
    assert.match(await shown(panel.page.locator('#similarity-chart figcaption')), /CLS token/);
  }));

test('a layer is picked in the legend and let go again', () =>
  withPanel({}, async (panel) => {
    await panel.send(finishedSnapshot());
    const button = panel.page.locator('.legend button', { hasText: 'block.4' });
    await button.click();
    await panel.page.locator('#similarity-chart .series.picked[data-series="block.4"]').waitFor();
    assert.equal(await panel.page.locator('#similarity-chart .series.dimmed').count(), 6);
    assert.equal(((await panel.state()) as { layer?: string }).layer, 'block.4');
    await button.click();
    await panel.page.locator('#similarity-chart .series.picked').waitFor({ state: 'detached' });
  }));

test('arrow keys read the values of the line chart aloud', () =>
  withPanel({}, async (panel) => {
    await panel.send(finishedSnapshot());
    const plot = panel.page.locator('#similarity-chart .plot');
    const spoken = () => shown(plot.locator('[aria-live]'));
    await plot.focus();
    await plot.press('Home');
    assert.match(await spoken(), /^step 0: block\.0 1\.000, .*final 1\.000$/);
    await plot.press('ArrowRight');
    assert.match(await spoken(), /^step 8: /);
    await plot.press('Shift+ArrowRight');
    assert.match(await spoken(), /^step 88: /);
    await plot.press('End');
    for (let i = 0; i < 7; i++) await plot.press('ArrowDown');
    assert.match(
      await spoken(),
      new RegExp(`^step 296: final ${exampleSimilarity('repsim', 6, 7, 296 / 300).toFixed(3)}`),
    );
    assert.equal(await plot.locator('.tip').isVisible(), true);
    await plot.press('Enter');
    await panel.page.locator('#similarity-chart .series.picked[data-series="final"]').waitFor();
    await plot.press('Escape');
    assert.equal(await plot.locator('.tip').isVisible(), false);
  }));

test('the pointer reads one cell of the heat strip', () =>
  withPanel({}, async (panel) => {
    await panel.send(finishedSnapshot());
    const cell = panel.page.locator('#similarity-strip [data-row="block.5"] rect').nth(20);
    const value = Number(await cell.getAttribute('data-value'));
    await cell.hover();
    const tip = panel.page.locator('#similarity-strip .tip');
    assert.equal((await shown(tip)).replaceAll('\n', ' '), `step 160 block.5 ${value.toFixed(3)}`);
  }));

test('the cursor stays where it is when the run goes on', () =>
  withPanel({}, async (panel) => {
    await panel.send(runningSnapshot({ done: 0.3 }));
    const plot = panel.page.locator('#similarity-chart .plot');
    await plot.press('Home');
    await panel.send(runningSnapshot({ done: 0.6 }));
    assert.match(await shown(plot.locator('.tip')), /^step 0/);
  }));

test('the data table holds the numbers of the chart', () =>
  withPanel({}, async (panel) => {
    await panel.send(finishedSnapshot());
    const figure = panel.page.locator('#similarity-chart');
    await figure.locator('summary').click();
    await figure.locator('table').waitFor();
    assert.deepEqual(await figure.locator('thead th').allInnerTexts(), ['step', ...layers]);
    assert.equal(await figure.locator('tbody tr').count(), 38);
    const last = await figure.locator('tbody tr').last().locator('th,td').allInnerTexts();
    assert.deepEqual(last, [
      '296',
      ...layers.map((_, i) => exampleSimilarity('repsim', i, 7, 296 / 300).toFixed(3)),
    ]);
  }));

test('a finished run shows its figures, held-out beside training', () =>
  withPanel({}, async (panel) => {
    await panel.send(finishedSnapshot());
    const row = (name: string) =>
      panel.page.locator('#result tr', { has: panel.page.locator('th', { hasText: name }) });
    assert.deepEqual(await row('Balanced accuracy').locator('td').allInnerTexts(), ['68.6 %']);
    assert.deepEqual(await row('SAM worst case').locator('td').allInnerTexts(), ['0.223', '0.087']);
    assert.deepEqual(await row('k-NN on the old task, after').locator('td').allInnerTexts(), ['72.8 %']);
    assert.equal(await row('block.').count(), 6);
    assert.equal(await panel.page.locator('#cancel').isVisible(), false);
  }));

test('buttons tell the host what is asked for', () =>
  withPanel({}, async (panel) => {
    await panel.send(runningSnapshot());
    for (const id of ['cancel', 'show-log', 'open-folder']) await panel.page.locator(`#${id}`).click();
    const types = (await panel.sent()).map(({ type }) => type);
    assert.deepEqual(types, ['ready', 'cancel', 'showLog', 'openFolder']);
  }));

test('the run is exported as SVG, PNG, CSV and JSON', () =>
  withPanel({ theme: 'light' }, async (panel) => {
    await panel.send(finishedSnapshot());
    for (const format of ['svg', 'png', 'csv', 'json']) {
      await panel.page.locator('#export').click();
      await panel.page.locator(`.menu [data-format=${format}]`).click();
      await panel.page.waitForFunction(
        (wanted) =>
          (window as unknown as { fakeHost: { sent: { format?: string }[] } }).fakeHost.sent.some(
            (message) => message.format === wanted,
          ),
        format,
      );
    }
    const saves = (await panel.sent())
      .map((message) => driftToHost.parse(message))
      .filter((message) => message.type === 'save');
    const content = Object.fromEntries(saves.map((save) => [save.format, save.content]));
    assert.match(content.svg!, /^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    assert.ok(!/class=|var\(|data-/.test(content.svg!), 'the SVG needs nothing of the page');
    assert.match(content.svg!, /Debiased linear CKA/);
    assert.equal((content.svg!.match(/<svg /g) ?? []).length, 1 + 5);
    const png = Buffer.from(content.png!, 'base64');
    assert.equal(png.subarray(1, 4).toString(), 'PNG');
    const [, width, height] = /width="([\d.]+)" height="([\d.]+)"/.exec(content.svg!.slice(0, 400))!;
    assert.equal(png.readUInt32BE(16), 2 * Number(width));
    assert.equal(png.readUInt32BE(20), Math.floor(2 * Number(height)));
    assert.match(content.csv!, /^step,cross_entropy,.*cka_cls final,/);
    assert.equal(content.csv!.trimEnd().split('\r\n').length, 302);
    assert.equal(JSON.parse(content.json!).result.test.accuracy, 0.688);
  }));

test('the export menu is worked by keys', () =>
  withPanel({}, async (panel) => {
    await panel.send(finishedSnapshot());
    const { page } = panel;
    await page.locator('#export').focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('ArrowDown');
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Charts as PNG');
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('.menu').isVisible(), false);
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'export');
  }));

test('a failed run says why, and shows what was measured', () =>
  withPanel({}, async (panel) => {
    await panel.send(failedSnapshot());
    assert.equal(await shown(panel.page.locator('#state')), 'Failed');
    assert.match(
      await shown(panel.page.locator('#messages [role=alert]')),
      /loss became infinite at step 61/,
    );
    assert.equal(await panel.page.locator('#show-log').isVisible(), true);
    assert.equal(await panel.page.locator('#similarity-chart .series').count(), 7);
  }));

test('cancelled, interrupted and preparing runs say so', () =>
  withPanel({}, async (panel) => {
    const running = runningSnapshot({ done: 0.2 });
    await panel.send({
      ...running,
      state: 'cancelled',
      events: [...running.events, { time: 1, type: 'cancelled', step: 60 }],
    });
    assert.equal(await shown(panel.page.locator('#state')), 'Cancelled');
    assert.match(await shown(panel.page.locator('#messages')), /Cancelled after step 60/);
    await panel.send({ ...running, state: 'interrupted' });
    assert.equal(await shown(panel.page.locator('#state')), 'Interrupted');
    assert.match(await shown(panel.page.locator('#messages')), /process that ran this is gone/);
    await panel.send({ type: 'snapshot', name: 'new', state: 'preparing', events: [] });
    assert.equal(await shown(panel.page.locator('#state')), 'Preparing');
    assert.equal(await panel.page.locator('#similarity-chart').isVisible(), false);
    assert.match(await shown(panel.page.locator('#app')), /first measurement of the drift is still to come/);
  }));

test('events alone, without manifest, are drawn', () =>
  withPanel({}, async (panel) => {
    const { events } = runningSnapshot();
    await panel.send({ type: 'snapshot', name: 'bare', state: 'running', events });
    assert.equal(await panel.page.locator('#similarity-chart .series').count(), 7);
  }));

test('a message that is not a snapshot changes nothing but a notice', () =>
  withPanel({}, async (panel) => {
    await panel.send(finishedSnapshot());
    await panel.send({ type: 'snapshot', name: 7 });
    assert.match(await shown(panel.page.locator('#messages')), /could not be read \(name: /);
    assert.equal(await panel.page.locator('#similarity-chart .series').count(), 7);
    await panel.send(finishedSnapshot());
    assert.equal(await panel.page.locator('#messages').isVisible(), false);
  }));

test('hostile names neither script the panel nor widen it', () =>
  withPanel({ width: 350 }, async (panel) => {
    await panel.send(hostileSnapshot());
    const { page } = panel;
    assert.equal(await page.title(), 'RepSim');
    assert.equal(await page.locator('#app img, #app script').count(), 0);
    assert.ok((await shown(page.locator('h1'))).length <= 80);
    assert.doesNotMatch(await shown(page.locator('#app')), /NaN|undefined|\u202e/);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.equal(width, 350);
    assert.equal((await page.locator('#similarity-strip rect.missing').count()) > 0, true);
  }));

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

test('a report with hostile names is text in a browser too', async () => {
  const { manifest, events, result } = hostileSnapshot();
  const html = renderReport({
    title: hostileName,
    runs: [{ name: hostileName, manifest, events, result }],
    reproduce: hostileName,
  });
  const page = await browser.newPage();
  const problems: string[] = [];
  page.on('console', (message) => problems.push(message.text()));
  page.on('request', (request) => problems.push(request.url()));
  await page.route('https://report.test/', (route) =>
    route.fulfill({ body: html, contentType: 'text/html' }),
  );
  await page.goto('https://report.test/');
  assert.deepEqual(
    problems.filter((problem) => problem !== 'https://report.test/'),
    [],
  );
  assert.equal(await page.locator('script, img').count(), 0);
  assert.match(await page.title(), /^<img src=x onerror=/);
  assert.ok((await page.locator('svg.chart').count()) >= 3);
  await page.close();
});

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
