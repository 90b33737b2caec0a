/** The preview of data as its user meets it, in Chromium under the policy that the host sets. */
import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { dataToHost } from '../../src/protocol/dataPanel';
import { readSnapshot } from './exampleData';
import { type PanelPage, themeKinds } from './panelPage';
import { pictures, shown, withPanel } from './panelTest';

const page = { name: 'data', width: 900, height: 1100 } as const;
const messages = (panel: PanelPage) => panel.page.locator('#messages li').allTextContents();

test('what is wrong stands first, the worst of it as errors', () =>
  withPanel(page, async (panel) => {
    await panel.send(readSnapshot());
    assert.deepEqual(await messages(panel), [
      '3 images of validation or test are in an earlier split too: figures on them say nothing about new images.',
      '1 image occurs more than once with different labels.',
      '1 file cannot be read and is left out.',
      '1 image repeats another one of its split.',
      '4 gray images of over 8 bits look black: set "window" to the values that matter.',
      'No image to train on: spleen.',
      '2 files are no image by the name and not looked at.',
    ]);
    assert.equal(await panel.page.locator('#messages .error').count(), 2);
    assert.match(await shown(panel.page.locator('#data-facts')), /1.240 images · 3 classes · multi-class/);
  }));

test('every class has its counts and its pictures, with the pixels that were sent', () =>
  withPanel(page, async (panel) => {
    await panel.send(readSnapshot());
    const rows = panel.page.locator('#sheet tbody tr');
    assert.equal(await rows.count(), 3);
    const counts = await rows
      .first()
      .locator('td.count')
      .evaluateAll((cells) => cells.map((cell) => cell.getAttribute('data-value')));
    assert.deepEqual(counts, ['1200', '10']);
    assert.match(await shown(panel.page.locator('#sheet thead')), /test \(drawn\)/);
    const canvas = rows.nth(1).locator('canvas').first();
    assert.equal(await canvas.getAttribute('aria-label'), 'train: train/1/200.png, liver');
    const pixel = await canvas.evaluate((element) => [
      ...(element as HTMLCanvasElement).getContext('2d')!.getImageData(3, 3, 1, 1).data,
    ]);
    assert.deepEqual(pixel, [200, 40, 90, 255]);
    assert.match(await shown(panel.page.locator('ol')), /resize the shorter side to 4 pixels/);
    assert.match(await shown(panel.page.locator('#app')), /train\/kidney\/1\.png[\s\S]*liver/);
  }));

test('while it reads there is progress and a way to stop; then a way to read again', () =>
  withPanel(page, async (panel) => {
    const { choice, name } = readSnapshot();
    const progress = { stage: 'Reading images', done: 30, total: 120 };
    await panel.send({ type: 'data', choice, name, state: 'reading', progress });
    assert.equal(await panel.page.locator('[role=progressbar]').getAttribute('aria-valuenow'), '25');
    await panel.page.locator('#cancel').click();
    await panel.send({ type: 'data', choice, name, state: 'cancelled' });
    await panel.page.locator('#read').click();
    await panel.send({
      type: 'data',
      choice,
      name,
      state: 'failed',
      message: 'The data cannot be read: it is gone.',
    });
    assert.deepEqual(await messages(panel), ['The data cannot be read: it is gone.']);
    const sent = (await panel.sent()).map((message) => dataToHost.parse(message).type);
    assert.deepEqual(sent, ['ready', 'cancel', 'read']);
  }));

test('the counts are saved as a table, everything as JSON', () =>
  withPanel(page, async (panel) => {
    const snapshot = readSnapshot();
    await panel.send(snapshot);
    await panel.page.locator('#export-csv').click();
    await panel.page.locator('#export-json').click();
    const saved = (await panel.sent())
      .map((message) => dataToHost.parse(message))
      .filter((message) => message.type === 'save');
    assert.deepEqual(saved[0]!.content.trim().split(/\r?\n/), [
      'class,train,test',
      'kidney,1200,10',
      'liver,10,10',
      'spleen,0,10',
    ]);
    assert.deepEqual(JSON.parse(saved[1]!.content), snapshot.result!.inspection);
  }));

test('in a narrow panel the pictures lie below the counts, in sight, and the table stays a table', () =>
  withPanel({ ...page, width: 340 }, async (panel) => {
    await panel.send(readSnapshot());
    const boxes = async (what: string) =>
      panel.page.locator(what).evaluateAll((all) => all.map((one) => one.getBoundingClientRect().toJSON()));
    const [count] = await boxes('#sheet tbody tr:first-child td.count');
    const canvases = await boxes('#sheet tbody tr:first-child canvas');
    assert.equal(canvases.length, 2);
    for (const { left, right, top } of canvases) assert.ok(left >= 0 && right <= 340 && top > count.bottom);
    const heads = await boxes('#sheet thead th.count');
    for (const [i, { left }] of (await boxes('#sheet tbody tr:first-child td.count')).entries())
      assert.ok(Math.abs(left - heads[i].left) < 1, 'a count stands under its head');
    assert.equal(await panel.page.getByRole('rowheader', { name: 'kidney', exact: true }).count(), 1);
    await panel.page.screenshot({ path: path.join(pictures, 'data-narrow.png') });
  }));

test('hostile names are text and nothing more', () =>
  withPanel(page, async (panel) => {
    const hostile = '<img src=x onerror="window.hacked=1">';
    await panel.send({ ...readSnapshot([hostile, 'x'.repeat(10_000), '\u202eevil\nline']), name: hostile });
    assert.equal(await panel.page.evaluate(() => (window as { hacked?: number }).hacked), undefined);
    assert.equal(await panel.page.locator('img').count(), 0);
    assert.equal(await panel.page.locator('#data-name').textContent(), hostile);
    const width = await panel.page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= 900, `the page is ${width} wide`);
  }));

for (const theme of themeKinds) {
  test(`a picture in ${theme}`, () =>
    withPanel({ ...page, theme }, async (panel) => {
      await panel.send(readSnapshot());
      await panel.page.screenshot({ path: path.join(pictures, `data-${theme}.png`) });
    }));
}
