/** The panel "Loss Landscape" as its user meets it, in Chromium under the policy that the host sets. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { landscapeToHost } from '../../src/protocol/landscapePanel';
import {
  axisLength,
  curvatures,
  exampleLandscape,
  exampleLoss,
  exampleSharpness,
  exampleTrajectory,
  landscapeOf,
  measuredLandscape,
} from './exampleLandscape';
import type { PanelPage } from './panelPage';
import { close, shown, withPanel } from './panelTest';

const page = { name: 'landscape', width: 820, height: 1200 } as const;

const drawn = async (panel: PanelPage, series: number): Promise<[number, number | null][]> =>
  JSON.parse(
    (await panel.page.locator('#slice-chart [data-values]').nth(series).getAttribute('data-values'))!,
  );

/** The values of a chart's table, by row. */
async function tableOf(panel: PanelPage, figure: string): Promise<(number | null)[][]> {
  const details = panel.page.locator(`${figure} details`);
  await details.evaluate((element) => {
    (element as HTMLDetailsElement).open = true;
  });
  await panel.page.locator(`${figure} table`).waitFor();
  return panel.page
    .locator(`${figure} tbody tr`)
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

test('it says that it is ready, and before anything is computed how to begin', () =>
  withPanel(page, async (panel) => {
    assert.deepEqual(await panel.sent(), [{ type: 'ready' }]);
    await panel.send(landscapeOf(undefined));
    assert.match(await shown(panel.page.locator('#empty')), /Nothing computed yet/);
    assert.equal(await panel.page.locator('#export').isVisible(), false);
    await panel.page.locator('#compute').click();
    await panel.page.locator('#measure').click();
    assert.deepEqual((await panel.sent()).slice(1), [{ type: 'compute' }, { type: 'measure' }]);
  }));

test('slices of all models lie on one picture, and their values in the table', () =>
  withPanel(page, async (panel) => {
    const result = exampleLandscape();
    await panel.send(landscapeOf(result));
    assert.equal(await panel.page.locator('#slice-chart .series').count(), 2);
    for (const model of [0, 1])
      assert.deepEqual(
        await drawn(panel, model),
        result.x.map((x) => [x, exampleLoss(model, x, 0)]),
      );
    assert.deepEqual(
      await tableOf(panel, '#slice-chart'),
      result.x.map((x) => [exampleLoss(0, x, 0), exampleLoss(1, x, 0)]),
    );
  }));

test('the ball of SAM and the parabola of the largest eigenvalue are where they belong', () =>
  withPanel(page, async (panel) => {
    await panel.send(measuredLandscape());
    const borders = await panel.page
      .locator('#slice-chart .border')
      .evaluateAll((lines) => lines.map((line) => Number(line.getAttribute('data-border'))));
    assert.deepEqual(borders, [-0.05 / axisLength[0]!, 0.05 / axisLength[0]!, -0.005, 0.005]);
    // The scale of the picture, from the curve whose values are known.
    const paths = await panel.page.locator('#slice-chart .series').evaluateAll((all) =>
      all.map((one) =>
        ['.line', '.model'].map((name) =>
          [
            ...one
              .querySelector(name)!
              .getAttribute('d')!
              .matchAll(/(-?[\d.]+),(-?[\d.]+)/g),
          ].map((m) => [Number(m[1]), Number(m[2])]),
        ),
      ),
    );
    for (const model of [0, 1]) {
      const [line, parabola] = paths[model] as [number[][], number[][]];
      const [middle, end] = [line[20]!, line[40]!];
      const rise = exampleLoss(model, 1, 0) - exampleLoss(model, 0, 0);
      const pixels = (middle[1]! - end[1]!) / rise;
      const [, quarter] = parabola[60]!; // x = 0.5
      const expected = 0.5 * curvatures[model]! * (0.5 * axisLength[model]!) ** 2;
      close((parabola[40]![1]! - quarter!) / pixels, expected, 0.02 * expected);
    }
    assert.match(await shown(panel.page.locator('#remarks')), /ρ = 0\.05[\s\S]*½ λ₁ d²/);
  }));

test('points come coarse to fine: what is there is drawn as one line, without hatching', () =>
  withPanel(page, async (panel) => {
    const coarse = exampleLandscape({ complete: false, missing: (_x, _y, column) => column % 8 !== 0 });
    const snapshot = landscapeOf(coarse);
    await panel.send({
      ...snapshot,
      landscape: {
        state: 'computing',
        result: coarse,
        progress: { stage: 'Evaluating points', done: 12, total: 82 },
      },
    });
    assert.equal((await drawn(panel, 0)).length, 6);
    assert.equal(await panel.page.locator('.missing-cell').count(), 0);
    assert.match(
      await shown(panel.page.locator('#landscape-status')),
      /Refining: Evaluating points, 12 of 82/,
    );
    await panel.page.locator('#cancel').click();
    assert.equal((await sentOf(panel, 'cancel')).length, 1);
    await panel.send({ ...snapshot, landscape: { state: 'cancelled', result: coarse } });
    assert.match(await shown(panel.page.locator('#landscape-status')), /Stopped before the end/);
    await panel.send(landscapeOf(exampleLandscape()));
    assert.equal((await drawn(panel, 0)).length, 41);
  }));

test('a coarse plane fills the picture', () =>
  withPanel(page, async (panel) => {
    const coarse = exampleLandscape({
      dims: 2,
      complete: false,
      missing: (_x, _y, column, row) => column % 4 !== 0 || row % 4 !== 0,
    });
    await panel.send({ ...landscapeOf(coarse), landscape: { state: 'computing', result: coarse } });
    assert.ok((await panel.page.locator('#plane-chart-0 path.band').count()) > 4);
    assert.equal(await panel.page.locator('.missing-cell').count(), 0);
  }));

test('where the loss is no number a slice and a plane are hatched, and say so', () =>
  withPanel(page, async (panel) => {
    const why = 'the loss overflowed';
    await panel.send(landscapeOf({ ...exampleLandscape({ missing: (x) => Math.abs(x) > 0.7 }), why }));
    assert.equal(await panel.page.locator('#slice-chart .missing-cell').count(), 4, 'two sides, two models');
    assert.match(await shown(panel.page.locator('#remarks')), /Hatched: the loss overflowed \(full/);
    const plane = exampleLandscape({ dims: 2, missing: (x, y) => x + y > 1.2 });
    await panel.send(landscapeOf({ ...plane, why }));
    const gaps = plane.loss[0]!.flat().filter((value) => value === null).length;
    assert.equal(await panel.page.locator('#plane-chart-0 .missing-cells .missing-cell').count(), gaps);
    assert.deepEqual(await panel.page.locator('.missing-key').allTextContents(), [why, why]);
    const box = panel.page.locator('#plane-chart-0 .plot');
    await box.focus();
    await panel.page.keyboard.press('Home');
    for (let i = 0; i < 20; i++) await panel.page.keyboard.press('ArrowRight');
    assert.match(await shown(panel.page.locator('#plane-chart-0 .tip')), /overflowed/);
  }));

test('a landscape without any finite value says so', () =>
  withPanel(page, async (panel) => {
    for (const dims of [1, 2] as const) {
      await panel.send(landscapeOf(exampleLandscape({ dims, missing: () => true })));
      assert.match(await shown(panel.page.locator('#remarks')), /no finite value/);
    }
  }));

test('planes side by side have one scale, and lines of equal loss are where the loss is', () =>
  withPanel(page, async (panel) => {
    const plane = exampleLandscape({ dims: 2, steps: 81 });
    await panel.send(landscapeOf(plane));
    const levels = (figure: string) =>
      panel.page
        .locator(`${figure} path.band`)
        .evaluateAll((paths) => paths.map((path) => Number(path.getAttribute('data-level'))));
    assert.deepEqual(await levels('#plane-chart-0'), await levels('#plane-chart-1'));
    assert.match(await shown(panel.page.locator('#remarks')), /same scale/);
    const line = await panel.page.locator('#plane-chart-0 path.band[data-level="1"]').evaluate((path) => {
      const frame = path.closest('svg')!.querySelector('clipPath rect')!;
      const at = (name: string) => Number(frame.getAttribute(name));
      return [...path.getAttribute('d')!.matchAll(/(-?[\d.]+),(-?[\d.]+)/g)]
        .map((m) => [
          -1 + (2 * (Number(m[1]) - at('x'))) / at('width'),
          1 - (2 * (Number(m[2]) - at('y'))) / at('height'),
        ])
        .filter(([x, y]) => Math.abs(x!) < 0.99 && Math.abs(y!) < 0.99);
    });
    assert.ok(line.length > 50);
    for (const [x, y] of line) close(exampleLoss(0, x!, y!), 1, 0.02);
  }));

test('the way of a training is drawn, with how far its checkpoints are from the plane', () =>
  withPanel(page, async (panel) => {
    await panel.send(landscapeOf(exampleTrajectory()));
    assert.equal(await panel.page.locator('.way').count(), 1);
    const remarks = await shown(panel.page.locator('#remarks'));
    assert.match(remarks, /81\.2 % and 9\.0 %/);
    assert.match(remarks, /2 of 4 checkpoints lie off the plane \(hollow\), at most 1\.00/);
  }));

test('the keyboard reads a plane and a slice, and the value is spoken', () =>
  withPanel(page, async (panel) => {
    await panel.send(landscapeOf(exampleLandscape({ dims: 2 })));
    await panel.page.locator('#plane-chart-1 .plot').focus();
    await panel.page.keyboard.press('Home');
    await panel.page.keyboard.press('ArrowDown');
    const spoken = panel.page.locator('#plane-chart-1 [aria-live]');
    // The second row from the top: the largest y but one.
    const value = exampleLoss(1, -1, 0.9).toFixed(3);
    assert.match((await spoken.textContent())!, new RegExp(`x −1\\.000, y 0\\.900: value ${value}`));
    assert.equal(await panel.page.locator('#plane-chart-1 .cross').count(), 1);
    await panel.send(landscapeOf(exampleLandscape()));
    await panel.page.locator('#slice-chart .plot').focus();
    await panel.page.keyboard.press('Home');
    const words = (await panel.page.locator('#slice-chart [aria-live]').textContent())!;
    assert.match(words, /x −1\.000: full brainregion 4\.300, repsim brainregion 2\.400/);
  }));

test('a logarithmic scale is remembered, and accuracy has none', () =>
  withPanel(page, async (panel) => {
    await panel.send(landscapeOf(exampleLandscape({ dims: 2 })));
    const levels = () =>
      panel.page
        .locator('#plane-chart-0 path.band')
        .evaluateAll((paths) => paths.map((path) => Number(path.getAttribute('data-level'))));
    const linear = await levels();
    await panel.page.getByText('Logarithmic loss').click();
    await panel.page.evaluate(
      () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
    );
    const logarithmic = await levels();
    close(linear[2]! - linear[1]!, linear[1]! - linear[0]!, 1e-9);
    close(logarithmic[2]! / logarithmic[1]!, logarithmic[1]! / logarithmic[0]!, 0.15);
    assert.equal(((await panel.state()) as { logarithmic: boolean }).logarithmic, true);
    await panel.page.locator('#quantity').selectOption({ label: 'Accuracy on test images' });
    await panel.page.getByText('Logarithmic loss').waitFor({ state: 'hidden' });
  }));

test('figures have errors and definitions; one that does not exist says why', () =>
  withPanel(page, async (panel) => {
    await panel.send(measuredLandscape());
    const figures = await shown(panel.page.locator('#sharpness-figures'));
    assert.match(figures, /λ₁ of the Hessian\s+0\.200 ± 1\.0e−4/);
    assert.match(figures, /Trace of the Hessian\s+12\.50 ± 0\.750/);
    assert.match(figures, /Adaptive SAM, ρ = 0\.5\s+– \(the loss overflowed\)/);
    assert.match(
      await shown(panel.page.locator('#definitions')),
      /Trace of the Hessian\s+the sum of all curvatures/,
    );
    assert.equal(await panel.page.locator('#density-chart .series').count(), 2);
    assert.match(await shown(panel.page.locator('#sharpness-layers')), /block\.0\s+9.?000\s+9\.000 ± 0\.200/);
  }));

test('failures are shown where they belong, and other axes can be asked for', () =>
  withPanel(page, async (panel) => {
    const snapshot = landscapeOf(undefined);
    const { checkpoints } = snapshot.choice;
    await panel.send({
      ...snapshot,
      landscape: { state: 'failed', message: 'No images in the split "test".' },
      sharpness: { state: 'done', results: checkpoints.map((_, model) => exampleSharpness(model)) },
    });
    assert.match(await shown(panel.page.locator('#landscape-status')), /No images in the split/);
    assert.equal(await shown(panel.page.locator('#sharpness-status')), '');
    await panel.page.locator('#axes').selectOption('interpolate');
    assert.deepEqual((await sentOf(panel, 'choose')).at(-1), {
      type: 'choose',
      dims: 1,
      axes: 'interpolate',
    });
    await panel.page.getByText('Plane').click();
    assert.deepEqual((await sentOf(panel, 'choose')).at(-1), { type: 'choose', dims: 2, axes: 'random' });
    for (const message of await panel.sent()) assert.ok(landscapeToHost.safeParse(message).success);
  }));

test('an update that cannot be read leaves what is shown', () =>
  withPanel(page, async (panel) => {
    await panel.send(landscapeOf(exampleLandscape()));
    await panel.send({ type: 'snapshot', names: 5 });
    assert.match(await shown(panel.page.locator('#problems')), /could not be read/);
    assert.equal((await drawn(panel, 0)).length, 41);
  }));

test('charts and points can be taken away', () =>
  withPanel(page, async (panel) => {
    const plane = exampleLandscape({ dims: 2, missing: (x, y) => x + y > 1.2 });
    await panel.send(landscapeOf(plane));
    const saved = async (format: string) => {
      await panel.page.locator('#export').click();
      await panel.page.locator(`[data-format="${format}"]`).click();
      await panel.page.waitForFunction(
        (wanted) =>
          (window as unknown as { fakeHost: { sent: { format?: string }[] } }).fakeHost.sent.some(
            (message) => message.format === wanted,
          ),
        format,
      );
      return (await sentOf(panel, 'save')).find((message) => message.format === format)!.content as string;
    };
    const lines = (await saved('csv')).split('\r\n');
    assert.equal(lines.length, 2 * 21 * 21 + 2);
    assert.equal(
      lines[1],
      `full brainregion,test,-1,-1,${exampleLoss(0, -1, -1)},${1 / (1 + exampleLoss(0, -1, -1))}`,
    );
    assert.ok(lines.includes('full brainregion,test,1,1,,'));
    assert.deepEqual(JSON.parse(await saved('json')).landscape.loss, plane.loss);
    const svg = await saved('svg');
    assert.match(svg, /<svg[^>]*>[\s\S]*url\(["#&]/);
    assert.ok(!svg.includes('class='), 'looks are written out');
    assert.equal(
      Buffer.from(await saved('png'), 'base64')
        .subarray(1, 4)
        .toString(),
      'PNG',
    );
  }));

test('nothing moves where motion is reduced, and a narrow panel has no sideways scrolling', () =>
  withPanel({ ...page, width: 320, reduceMotion: true }, async (panel) => {
    await panel.send(measuredLandscape({ dims: 2 }));
    const transition = await panel.page
      .locator('#landscape-status .bar-done')
      .evaluate((bar) => getComputedStyle(bar).transitionProperty);
    assert.equal(transition, 'none');
    const over = await panel.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(over <= 0, `${over} px too wide`);
  }));
