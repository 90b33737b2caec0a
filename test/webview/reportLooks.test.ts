/** The report as a browser lays it out, on a screen of any width and on paper: nothing is cut off, no number is broken into lines. */
import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { renderReport } from '../../webview/report/report';
import { exampleLandscape, exampleSharpness } from './exampleLandscape';
import { exampleEvents, exampleManifest, exampleResult } from './exampleRuns';
import { currentBrowser, pictures } from './panelTest';

const names = ['a long name that somebody wrote in a hurry', `without_any_space_${'x'.repeat(60)}`, 'short'];
const html = renderReport({
  title: names.join(', '),
  runs: Array.from({ length: 8 }, (_, i) => ({
    name: names[i % names.length]!,
    manifest: exampleManifest(),
    events: exampleEvents(),
    result: exampleResult(),
    note: 'What was tried.',
    analyses: {
      sharpness: exampleSharpness(i % 2),
      landscapes: [exampleLandscape({ models: 1 }), exampleLandscape({ dims: 2, models: 1 })],
    },
  })),
  reproduce: `repsim finetune ${'/a/long/path'.repeat(20)}`,
});

/** Width of the text of an A4 page in CSS pixels. */
const paper = 680;
for (const [medium, width] of [
  ['screen', 1200],
  ['screen', 420],
  ['print', paper],
] as const) {
  test(`${medium}, ${width} pixels: it fits`, async () => {
    const page = await currentBrowser().newPage({ viewport: { width, height: 900 } });
    try {
      await page.emulateMedia({ media: medium });
      await page.setContent(html);
      await page.screenshot({ path: path.join(pictures, `report-${medium}-${width}.png`), fullPage: true });
      const { wide, broken, cells } = await page.evaluate(() => {
        const numbers = [...document.querySelectorAll('.numbers td')];
        return {
          wide: document.documentElement.scrollWidth,
          cells: numbers.length,
          broken: numbers.filter((cell) => linesOf(cell) > 1).length,
        };
        function linesOf(cell: Element): number {
          const range = document.createRange();
          range.selectNodeContents(cell);
          return new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size;
        }
      });
      assert.ok(wide <= width, `${wide} pixels are needed`);
      assert.ok(cells > 50);
      assert.equal(broken, 0);
    } finally {
      await page.close();
    }
  });
}
