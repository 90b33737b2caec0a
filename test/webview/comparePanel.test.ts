/** The page "Representations" as its user meets it, in Chromium under the policy that the host sets. */
import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import type { Locator } from 'playwright-core';
import { type CompareSnapshot, compareToHost } from '../../src/protocol/comparePanel';
import { displayName } from '../../webview/shared/charts/displayName';
import { doneSnapshot, exampleValue, incompleteSnapshot, layerNames } from './exampleComparison';
import { type PanelPage, themeKinds } from './panelPage';
import { pictures, shown, withPanel } from './panelTest';

const page = { name: 'compare', width: 340, height: 900 } as const;

/** The values of a chart's table, by row. */
async function tableOf(figure: Locator): Promise<(number | null)[][]> {
  await figure.locator('details').evaluate((details) => {
    (details as HTMLDetailsElement).open = true;
  });
  await figure.locator('table').waitFor();
  return figure
    .locator('tbody tr')
    .evaluateAll((rows) =>
      rows.map((row) =>
        [...row.querySelectorAll('td')].map((cell) =>
          cell.dataset.value === undefined ? null : Number(cell.dataset.value),
        ),
      ),
    );
}

const sentOf = async (panel: PanelPage, type: string) =>
  (await panel.sent()).filter((message) => message.type === type);

/** Red, green and blue of the canvas in the middle of a cell. */
function paintedIn(panel: PanelPage, row: number, column: number): Promise<number[]> {
  return panel.page.evaluate(
    ([r, c]) => {
      const canvas = document.querySelector('canvas')!;
      const best = document.querySelectorAll('rect.best');
      const boxes = [...best].map((rect) => ({
        x: Number(rect.getAttribute('x')) - 1.25,
        y: Number(rect.getAttribute('y')) - 1.25,
        width: Number(rect.getAttribute('width')) + 2.5,
        height: Number(rect.getAttribute('height')) + 2.5,
        column: ['block.0', 'block.1', 'block.2', 'block.3', 'block.4', 'block.5', 'final'].indexOf(
          rect.getAttribute('data-column') ?? '',
        ),
      }));
      const first = boxes[0]!;
      const ratio = canvas.width / canvas.getBoundingClientRect().width;
      // Beside the middle, where no number is drawn: the canvas has only the cells.
      const x = first.x + (c! - first.column + 0.5) * first.width;
      const y = first.y + (r! + 0.5) * first.height;
      const read = document.createElement('canvas').getContext('2d', { willReadFrequently: true })!;
      read.drawImage(canvas, -x * ratio, -y * ratio);
      return [...read.getImageData(0, 0, 1, 1).data.slice(0, 3)];
    },
    [row, column] as const,
  );
}

test('it says that it is ready, and what to choose', () =>
  withPanel(page, async (panel) => {
    assert.deepEqual(await panel.sent(), [{ type: 'ready' }]);
    await panel.send(incompleteSnapshot());
    assert.match(await shown(panel.page.locator('#empty')), /Choose two/);
    assert.equal(await panel.page.locator('#compare').getAttribute('disabled'), '');
    assert.equal(await panel.page.locator('#source-data').isVisible(), false, 'nothing needs images yet');
  }));

test('every value of the matrix is in the table, in full', () =>
  withPanel(page, async (panel) => {
    const snapshot = doneSnapshot();
    await panel.send(snapshot);
    const values = await tableOf(panel.page.locator('#heat-cka-debiased'));
    assert.deepEqual(
      values.map((row) => row.slice(0, 7)),
      snapshot.result!.measures['cka-debiased']!.matrix,
    );
    const heads = await panel.page.locator('#heat-cka-debiased thead th').allTextContents();
    assert.deepEqual(heads, ['A \\ B', ...layerNames(7), 'best match']);
    assert.match(
      await shown(panel.page.locator('#heat-cka-debiased figcaption')),
      /^n = 480 test images, CLS token$/,
    );
  }));

test('cells are brighter the more alike, for similarities as for distances', () =>
  withPanel({ ...page, width: 500 }, async (panel) => {
    for (const id of ['cka-debiased', 'procrustes-angle']) {
      await panel.send(doneSnapshot({ measures: [id] }));
      const light = ([r = 0, g = 0, b = 0]: number[]) => 0.3 * r + 0.6 * g + 0.1 * b;
      const [same, other] = [await paintedIn(panel, 0, 0), await paintedIn(panel, 0, 6)];
      assert.ok(light(same) > light(other) + 60, `${id}: ${same} is brighter than ${other}`);
    }
  }));

test('the canvas has the pixels of the screen', () =>
  withPanel(page, async (panel) => {
    await panel.send(doneSnapshot());
    const { ratio, sharp } = await panel.page.evaluate(() => {
      const canvas = document.querySelector('canvas')!;
      return {
        ratio: canvas.width / canvas.getBoundingClientRect().width,
        sharp: devicePixelRatio,
      };
    });
    assert.ok(Math.abs(ratio - sharp) < 0.01, `${ratio} pixels for each of ${sharp}`);
  }));

test('the line holds the diagonal, by name where names agree and by order where none does', () =>
  withPanel(page, async (panel) => {
    const drawn = async () =>
      JSON.parse((await panel.page.locator('#line-cka-debiased [data-values]').getAttribute('data-values'))!);
    await panel.send(doneSnapshot());
    assert.deepEqual(
      await drawn(),
      layerNames(7).map((_, i) => exampleValue(i, i, 7, 7)),
    );
    const reversed = layerNames(7).reverse();
    await panel.send(doneSnapshot({ layersB: reversed }));
    assert.deepEqual(
      await drawn(),
      layerNames(7).map((_, i) => exampleValue(i, 6 - i, 7, 7)),
    );
    await panel.send(doneSnapshot({ layersB: ['stem', 'stage1', 'stage2'] }));
    assert.deepEqual(await drawn(), [
      ...[0, 1, 2].map((i) => exampleValue(i, i, 7, 3)),
      ...[null, null, null, null],
    ]);
    await panel.send(doneSnapshot({ layersB: ['stem', 'stage1', 'final'] }));
    assert.equal(await panel.page.locator('#line-cka-debiased').isVisible(), false, 'one layer is no line');
  }));

test('the best match of each row is marked', () =>
  withPanel(page, async (panel) => {
    await panel.send(doneSnapshot());
    const best = await panel.page
      .locator('rect.best')
      .evaluateAll((all) =>
        all.map((rect) => [rect.getAttribute('data-row'), rect.getAttribute('data-column')]),
      );
    const expected = layerNames(7).map((name, i) => {
      const row = layerNames(7).map((_, j) => exampleValue(i, j, 7, 7));
      return [name, layerNames(7)[row.indexOf(Math.max(...row))]];
    });
    assert.deepEqual(best, expected);
    assert.equal(await panel.page.locator('circle.partner').count(), 7);
    // The mark is a frame: the colour and the value of the cell are seen through it.
    const fills = await panel.page
      .locator('rect.best')
      .evaluateAll((all) => all.map((rect) => getComputedStyle(rect).fill));
    assert.deepEqual([...new Set(fills)], ['none']);
  }));

test('arrow keys move over the cells, are read aloud, and Enter asks for the code of the layer', () =>
  withPanel(page, async (panel) => {
    await panel.send(doneSnapshot());
    const plot = panel.page.locator('#heat-cka-debiased .plot');
    const spoken = () => shown(plot.locator('[aria-live]'));
    await plot.focus();
    await plot.press('Home');
    assert.match(await spoken(), /^A block\.0 × B block\.0: .* 1\.000, best match of the row/);
    await plot.press('ArrowRight');
    await plot.press('ArrowDown');
    await plot.press('ArrowDown');
    const value = exampleValue(2, 1, 7, 7).toFixed(3);
    assert.match(
      await spoken(),
      new RegExp(`^A block\\.2 × B block\\.1: .* ${value}, best of the row, block\\.2`),
    );
    await plot.press('Enter');
    assert.deepEqual(await sentOf(panel, 'reveal'), [
      { type: 'reveal', layer: 'block.2', source: '/home/mia/models/vit' },
    ]);
  }));

test('the pointer reads a cell, and a click asks for the code of its layer', () =>
  withPanel(page, async (panel) => {
    await panel.send(doneSnapshot());
    const best = panel.page.locator('rect.best').nth(3);
    const box = (await best.boundingBox())!;
    await panel.page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
    const tip = panel.page.locator('#heat-cka-debiased .tip');
    assert.match(await shown(tip), /A block\.3 × B block\.3/);
    assert.equal((await sentOf(panel, 'reveal')).length, 1);
  }));

test('a measure explains itself and says what it is blind to', () =>
  withPanel(page, async (panel) => {
    await panel.send(doneSnapshot());
    const facts = await shown(panel.page.locator('#measure-facts'));
    assert.match(facts, /larger is more similar/);
    assert.match(facts, /same under rotation, scale, shift/);
    assert.match(facts, /symmetric/);
    assert.equal(await panel.page.locator('#measure option').count(), doneSnapshot().measures.length);
  }));

test('what is chosen goes to the host, in a form that it takes, and is kept', () =>
  withPanel(page, async (panel) => {
    await panel.send(doneSnapshot());
    await panel.page.locator('#measure').selectOption('procrustes');
    await panel.page.locator('#source-a').selectOption('/home/mia/out/a.safetensors');
    await panel.page.locator('#source-b').selectOption({ label: 'b.npz · out' });
    await panel.page.locator('#samples').selectOption('mean');
    const last = (await sentOf(panel, 'choose')).at(-1)!;
    const choice = {
      a: '/home/mia/out/a.safetensors',
      b: '/home/mia/out/b.npz',
      measures: ['procrustes'],
      samples: 'mean',
    };
    assert.deepEqual(last.choice, choice);
    assert.deepEqual(await panel.state(), { choice });
    await panel.drawn();
    assert.equal(await panel.page.locator('#source-data').isVisible(), false, 'dumps need no images');
    for (const message of await panel.sent())
      assert.ok(compareToHost.safeParse(message).success, message.type);
  }));

test('browsing asks the host, and the picker stays at what is chosen', () =>
  withPanel(page, async (panel) => {
    await panel.send(doneSnapshot());
    const picker = panel.page.locator('#source-b');
    await picker.selectOption({ label: 'A File…' });
    assert.deepEqual(await sentOf(panel, 'browse'), [{ type: 'browse', what: 'b', folder: false }]);
    await panel.page.waitForFunction(
      () => (document.querySelector('#source-b') as HTMLSelectElement).value === '/home/mia/.repsim/runs/one',
    );
    assert.deepEqual(await sentOf(panel, 'choose'), []);
  }));

test('a first look is drawn while the rest is computed, and can be cancelled', () =>
  withPanel(page, async (panel) => {
    const done = doneSnapshot();
    const coarse: CompareSnapshot = {
      ...done,
      state: 'computing',
      coarse: true,
      progress: { stage: 'Comparing layers', done: 3, total: 12 },
      result: { ...done.result!, n: 64, images: 64 },
    };
    await panel.send(coarse);
    assert.match(await shown(panel.page.locator('#progress')), /^Refining: Comparing layers, 3 of 12$/);
    assert.equal(await panel.page.locator('[role=progressbar]').getAttribute('aria-valuenow'), '25');
    assert.match(
      await shown(panel.page.locator('#heat-cka-debiased figcaption')),
      /^n = 64 test images, CLS token \(a first look/,
    );
    await panel.page.locator('#cancel').click();
    assert.equal((await sentOf(panel, 'cancel')).length, 1);
    await panel.send({ ...coarse, state: 'cancelled' });
    assert.equal(await shown(panel.page.locator('#messages')), 'Cancelled: this is a first look only.');
    await panel.send({ ...done, state: 'cancelled' });
    assert.equal(await shown(panel.page.locator('#messages')), 'Cancelled.');
    await panel.send(done);
    assert.equal(await panel.page.locator('.measure').getAttribute('data-coarse'), 'false');
    assert.equal(await panel.page.locator('#progress').isVisible(), false);
  }));

test('a failure is said in its sentence, and the next result takes its place', () =>
  withPanel(page, async (panel) => {
    const { result: _, ...rest } = doneSnapshot();
    await panel.send({ ...rest, state: 'failed', message: 'x.npz: the file ends in the midst of "fc1".' });
    assert.equal(
      await shown(panel.page.locator('#messages .error')),
      'x.npz: the file ends in the midst of "fc1".',
    );
    assert.equal(await panel.page.locator('.measure').count(), 0);
    await panel.page.locator('#show-log').click();
    assert.equal((await sentOf(panel, 'showLog')).length, 1);
    await panel.send(doneSnapshot());
    assert.equal(await panel.page.locator('#messages .error').count(), 0);
    assert.equal(await panel.page.locator('.measure').count(), 1);
  }));

test('values that do not exist are crossed out and their reason is told', () =>
  withPanel(page, async (panel) => {
    const done = doneSnapshot();
    const found = done.result!.measures['cka-debiased']!;
    const matrix = found.matrix.map((row, i) => row.map((value) => (i === 2 ? null : value)));
    const why = layerNames(7).map((b) => ({
      a: 'block.2',
      b,
      why: 'block.2 of A has values that are not finite',
    }));
    const measure = { ...found, matrix, why };
    await panel.send({ ...done, result: { ...done.result!, measures: { 'cka-debiased': measure } } });
    assert.match(
      await shown(panel.page.locator('.measure .messages')),
      /block\.2 × block\.0, .* and 4 more: .*not finite/,
    );
    const values = await tableOf(panel.page.locator('#heat-cka-debiased'));
    assert.deepEqual(values[2], Array(8).fill(null));
    assert.equal(await panel.page.locator('rect.best[data-row="block.2"]').count(), 0);
  }));

test('names that others wrote are only text', () =>
  withPanel(page, async (panel) => {
    const hostile = '<img src=x onerror=alert(1)>\u202e$(x)'.repeat(30);
    const done = doneSnapshot();
    await panel.send({
      ...done,
      sources: [{ path: '/home/mia/models/vit', kind: 'checkpoint', name: hostile, detail: hostile }],
      result: { ...done.result!, layersA: layerNames(7).map(() => hostile), notes: [hostile] },
    });
    assert.equal(await panel.page.locator('img').count(), 0);
    assert.ok((await shown(panel.page.locator('#compared'))).includes(displayName(hostile, 40)));
    assert.equal(await panel.page.evaluate(() => document.documentElement.scrollWidth), 340);
  }));

test('nothing is cut off in the narrowest side bar', () =>
  withPanel({ ...page, width: 170 }, async (panel) => {
    await panel.send(incompleteSnapshot());
    assert.equal(await panel.page.evaluate(() => document.documentElement.scrollWidth), 170);
  }));

test('a message that is none changes nothing and is told', () =>
  withPanel(page, async (panel) => {
    await panel.send(doneSnapshot());
    await panel.send({ type: 'snapshot', state: 'done' });
    assert.match(await shown(panel.page.locator('#messages')), /could not be read/);
    assert.equal(await panel.page.locator('.measure').count(), 1);
  }));

test('the large version shows several measures side by side, chosen by boxes', () =>
  withPanel({ name: 'compare', width: 1250 }, async (panel) => {
    const ids = ['cka-debiased', 'procrustes', 'rsa-correlation'];
    await panel.send(doneSnapshot({ large: true, measures: ids }));
    const sections = panel.page.locator('.measure');
    assert.equal(await sections.count(), 3);
    const tops = await sections.evaluateAll((all) => all.map((one) => one.getBoundingClientRect().top));
    assert.equal(new Set(tops).size, 1, 'side by side');
    assert.equal(await panel.page.locator('#open-editor').isVisible(), false);
    await panel.page.locator('#measures summary').click();
    await panel.page.locator('.checkbox', { hasText: /gulp/i }).locator('input').check();
    const last = (await sentOf(panel, 'choose')).at(-1)! as unknown as { choice: { measures: string[] } };
    assert.deepEqual(last.choice.measures, [...ids, 'gulp']);
    await panel.send(doneSnapshot({ large: true, measures: ['gulp'] }));
    const only = panel.page.locator('.checkbox', { hasText: /gulp/i }).locator('input');
    await only.click();
    assert.equal(await only.isChecked(), true, 'one measure stays');
  }));

test('the export has every value, and its picture the cells of the canvas', () =>
  withPanel({ ...page, width: 500 }, async (panel) => {
    const done = doneSnapshot();
    await panel.send(done);
    for (const format of ['svg', 'png', 'csv', 'json'] as const) {
      await panel.page.locator('#export').click();
      await panel.page.locator(`[data-format=${format}]`).click();
      await panel.page.waitForFunction(
        (wanted) =>
          (window as unknown as { fakeHost: { sent: { format?: string }[] } }).fakeHost.sent.some(
            (message) => message.format === wanted,
          ),
        format,
      );
    }
    const saved = Object.fromEntries(
      (await sentOf(panel, 'save')).map((message) => [message.format, String(message.content)]),
    );
    assert.deepEqual(JSON.parse(saved.json!), done.result);
    const lines = saved.csv!.trimEnd().split('\r\n');
    assert.equal(lines.length, 1 + 49);
    assert.equal(lines[1 + 7 + 2], `cka-debiased,block.1,block.2,${exampleValue(1, 2, 7, 7)}`);
    assert.equal(saved.svg!.match(/<rect [^>]*fill="(?:rgb|#)[^>]*>/g)!.length > 49 + 40, true);
    assert.doesNotMatch(saved.svg!, /class=|data-/);
    assert.equal(
      await panel.page.locator('svg.chart > g:first-child > rect').count(),
      0,
      'the page is as before',
    );
    const png = Buffer.from(saved.png!, 'base64');
    assert.equal(png.readUInt32BE(12), 0x49484452, 'a PNG');
    assert.ok(png.length > 5000);
  }));

test('a hundred layers against a hundred are drawn fast', () =>
  withPanel({ name: 'compare', width: 900 }, async (panel) => {
    const snapshot = doneSnapshot({ layers: 100 });
    await panel.send(snapshot);
    const begun = performance.now();
    await panel.send(snapshot);
    const taken = performance.now() - begun;
    assert.ok(taken < 5000, `${taken} ms`);
    assert.equal(await panel.page.evaluate(() => document.documentElement.scrollWidth), 900);
  }));

for (const theme of themeKinds) {
  test(`text is readable and the pictures are kept: ${theme}`, () =>
    withPanel({ ...page, theme }, async (panel) => {
      await panel.send(doneSnapshot({ layers: 13 }));
      await panel.page.locator('.plot').first().press('Home');
      assert.equal(await panel.page.evaluate(() => document.documentElement.scrollWidth), 340);
      await panel.page.screenshot({ path: path.join(pictures, `compare-${theme}.png`), fullPage: true });
      await panel.page.setViewportSize({ width: 1250, height: 900 });
      await panel.send(
        doneSnapshot({ layers: 13, large: true, measures: ['cka-debiased', 'procrustes-angle'] }),
      );
      await panel.page.screenshot({
        path: path.join(pictures, `compare-large-${theme}.png`),
        fullPage: true,
      });
    }));
}

test('forced colours keep the heat map and its marks', () =>
  withPanel({ ...page, theme: 'high-contrast', forcedColors: true, colorScheme: 'dark' }, async (panel) => {
    await panel.send(doneSnapshot());
    const first = await paintedIn(panel, 0, 0);
    assert.ok(first[0]! > 200 && first[2]! < 100, `yellow: ${first}`);
    await panel.page.screenshot({ path: path.join(pictures, 'compare-forced-colors.png'), fullPage: true });
  }));
