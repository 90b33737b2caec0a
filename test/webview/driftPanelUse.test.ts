/** What can be done with the drift panel: values read by keys and pointer, layers picked, things asked for and exported. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { driftToHost } from '../../src/protocol/drift';
import { exampleSimilarity, finishedSnapshot, runningSnapshot } from './exampleRuns';
import { close, lastOf, layers, shown, withPanel } from './panelTest';

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

test('the picked layer has a way to its source, for the keyboard too', () =>
  withPanel({}, async (panel) => {
    await panel.send(finishedSnapshot());
    const source = panel.page.locator('#go-to-source');
    await panel.page.locator('.legend button', { hasText: 'block.4' }).waitFor();
    assert.equal(await source.isVisible(), false);
    await panel.page.locator('.legend button', { hasText: 'block.4' }).press('Enter');
    await source.waitFor();
    assert.equal(await source.getAttribute('aria-label'), 'Go to the source of block.4');
    await source.press('Enter');
    const asked = (await panel.sent()).map((message) => driftToHost.parse(message)).at(-1);
    assert.deepEqual(asked, { type: 'goToSource', layer: 'block.4' });
    await panel.page.locator('.legend button', { hasText: 'block.4' }).click();
    await source.waitFor({ state: 'hidden' });
  }));

test('a layer that somebody came for is picked out, and can be let go', () =>
  withPanel({}, async (panel) => {
    await panel.send({ ...finishedSnapshot(), focus: 'block.1' });
    const picked = panel.page.locator('#similarity-chart .series.picked');
    await panel.page.locator('#similarity-chart .series.picked[data-series="block.1"]').waitFor();
    await panel.page.locator('.legend button', { hasText: 'block.1' }).click();
    await picked.waitFor({ state: 'detached' });
    await panel.send(finishedSnapshot());
    await panel.page.locator('#similarity-chart').waitFor();
    assert.equal(await picked.count(), 0);
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

test('buttons tell the host what is asked for', () =>
  withPanel({}, async (panel) => {
    await panel.send(runningSnapshot());
    for (const id of ['cancel', 'show-log', 'open-folder']) await panel.page.locator(`#${id}`).click();
    const types = (await panel.sent()).map(({ type }) => type);
    assert.deepEqual(types, ['ready', 'cancel', 'showLog', 'openFolder']);
  }));

test('a run that did not come to its end can be resumed, any other not', () =>
  withPanel({}, async (panel) => {
    const resume = panel.page.locator('#resume');
    await panel.send(runningSnapshot());
    assert.equal(await resume.isVisible(), false);
    await panel.send(finishedSnapshot());
    assert.equal(await resume.isVisible(), false);
    for (const state of ['interrupted', 'cancelled', 'failed'] as const) {
      await panel.send({ ...runningSnapshot(), state });
      await resume.click();
    }
    const types = (await panel.sent()).map(({ type }) => type);
    assert.deepEqual(types, ['ready', 'resume', 'resume', 'resume']);
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
