/** Every panel in every theme: what one can act on has a name, pictures have words, text stands out from its ground. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { checkAccessibility } from '../support/accessiblePage';
import { doneSnapshot } from './exampleComparison';
import { readSnapshot } from './exampleData';
import { measuredLandscape } from './exampleLandscape';
import { failedSnapshot, finishedSnapshot } from './exampleRuns';
import { type PanelName, themeKinds } from './panelPage';
import { withPanel } from './panelTest';

const tensors = [
  { name: 'head.weight', dtype: 'F32', shape: [2, 2], bytes: 16 },
  { name: 'head.bias', dtype: 'F32', shape: [2], bytes: 8 },
];
const histogram = Array.from({ length: 40 }, (_, i) => i);
const finite = { mean: 0, deviation: 1, minimum: -1, maximum: 1, histogram };

const shown: readonly (readonly [PanelName, readonly object[]])[] = [
  ['drift', [finishedSnapshot()]],
  ['drift', [failedSnapshot()]],
  ['compare', [doneSnapshot()]],
  ['landscape', [measuredLandscape()]],
  ['data', [readSnapshot()]],
  [
    'checkpoint',
    [
      {
        type: 'contents',
        name: 'model.safetensors',
        folder: 'vit',
        state: 'done',
        model: true,
        contents: {
          bytes: 100,
          files: 1,
          stamp: '1',
          leftOut: 1,
          metadata: [{ name: 'format', value: 'pt' }],
          tensors,
        },
      },
      {
        type: 'statistics',
        row: 'm0',
        state: 'done',
        done: 1,
        result: { values: 6, zeros: 0, notANumber: 0, infinite: 0, finite },
      },
    ],
  ],
];

for (const theme of themeKinds) {
  // WCAG's level AA, and AAA in the themes that are chosen for it.
  const contrast = theme.startsWith('high-contrast') ? 7 : 4.5;
  test(`in the theme ${theme}`, async () => {
    for (const [name, messages] of shown) {
      await withPanel({ name, theme, width: 900 }, async (panel) => {
        for (const message of messages) await panel.send(message as Record<string, unknown>);
        const { faults, controls, texts } = await checkAccessibility(panel.page.mainFrame(), contrast);
        assert.deepEqual(faults, [], name);
        assert.ok(controls > 3 && texts > 5, `${name}: ${controls} controls, ${texts} texts`);
      });
    }
  });
}

test('the check finds what is wrong', () =>
  withPanel({ theme: 'dark' }, async (panel) => {
    await panel.page.evaluate(() => {
      const add = (tag: string, text: string, colour = '') => {
        const element = document.createElement(tag);
        element.textContent = text;
        element.style.color = colour;
        document.body.append(element);
        return element;
      };
      add('button', '').style.padding = '10px';
      add('p', 'faint words', 'rgb(70 70 70)');
      document.body.append(document.createElementNS('http://www.w3.org/2000/svg', 'svg'));
    });
    const { faults } = await checkAccessibility(panel.page.mainFrame(), 4.5);
    assert.equal(faults.length, 3, faults.join('\n'));
    for (const fault of [
      /no name: button/,
      /contrast 1\.\d+: p.*faint words/,
      /a picture without words: svg/,
    ])
      assert.ok(
        faults.some((found) => fault.test(found)),
        String(fault),
      );
  }));
