/** The panel "Loss Landscape" in every theme, as pictures to be looked at, and what must be seen in each. */
import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { exampleLandscape, exampleTrajectory, landscapeOf, measuredLandscape } from './exampleLandscape';
import { themeKinds } from './panelPage';
import { pictures, withPanel } from './panelTest';

for (const theme of themeKinds) {
  test(`slice and sharpness in ${theme}`, () =>
    withPanel({ name: 'landscape', theme, height: 1700 }, async (panel) => {
      await panel.send(measuredLandscape({ missing: (x) => x > 0.8 }));
      const colours = await panel.page
        .locator('#slice-chart .line')
        .evaluateAll((lines) => lines.map((line) => getComputedStyle(line).stroke));
      assert.equal(new Set(colours).size, 2, 'two models have two colours');
      await panel.page.screenshot({ path: path.join(pictures, `landscape ${theme}, slice.png`) });
    }));

  test(`planes in ${theme}`, () =>
    withPanel({ name: 'landscape', theme, height: 900, width: 900 }, async (panel) => {
      await panel.send(landscapeOf(exampleLandscape({ dims: 2, missing: (x, y) => x + y > 1.2 })));
      assert.equal(await panel.page.locator('.planes svg.chart').count(), 2);
      await panel.page.screenshot({ path: path.join(pictures, `landscape ${theme}, planes.png`) });
    }));
}

test('the way of a training', () =>
  withPanel({ name: 'landscape', theme: 'light', width: 620 }, async (panel) => {
    await panel.send(landscapeOf(exampleTrajectory()));
    await panel.page.screenshot({ path: path.join(pictures, 'landscape light, trajectory.png') });
    assert.equal(await panel.page.locator('.place.off').count(), 2);
  }));

test('beside the code no label of an axis is cut', () =>
  withPanel({ name: 'landscape', width: 300 }, async (panel) => {
    await panel.send(measuredLandscape());
    const slice = panel.page.locator('#slice-chart svg');
    const outside = await slice.evaluate((svg) => {
      const picture = svg.getBoundingClientRect();
      return [...svg.querySelectorAll('.axis-label')]
        .filter((label) => {
          const { left, right, bottom } = label.getBoundingClientRect();
          return left < picture.left - 1 || right > picture.right + 1 || bottom > picture.bottom + 1;
        })
        .map((label) => label.textContent);
    });
    assert.deepEqual(outside, []);
    await slice.screenshot({ path: path.join(pictures, 'landscape narrow, slice.png') });
  }));

test('beside the code the headings of the table keep their words whole', () =>
  withPanel({ name: 'landscape', width: 300 }, async (panel) => {
    await panel.send(measuredLandscape());
    const lines = await panel.page.locator('#sharpness-figures tbody th').evaluateAll((headings) =>
      headings.map((heading) => {
        const words = heading.textContent!.split(' ').length;
        return {
          words,
          lines: heading.clientHeight / Number.parseFloat(getComputedStyle(heading).lineHeight),
        };
      }),
    );
    for (const { words, lines: found } of lines)
      assert.ok(found <= words + 1, `${found} lines, ${words} words`);
  }));
