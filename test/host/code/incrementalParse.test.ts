/** A tree that was kept and changed is the tree of the changed text; work that nobody wants any more stops. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Tree } from '@lezer/common';
import { parser as javascript } from '@lezer/javascript';
import { parser as python } from '@lezer/python';
import { createRandom } from '../../../src/core/random';
import { CodeFile } from '../../../src/host/code/codeFile';
import { IncrementalParse } from '../../../src/host/code/incrementalParse';
import { gatheredStyle, tfjsStyle, timmStyle } from './samples';

const never = () => false;

/** Every node with its place: two of these are equal where the trees are. */
function shape(tree: Tree | undefined): string {
  assert.ok(tree);
  const nodes: string[] = [];
  tree.iterate({ enter: ({ name, from, to }) => void nodes.push(`${name} ${from} ${to}`) });
  return nodes.join('\n');
}

for (const [name, parser, text] of [
  ['Python', python, timmStyle + gatheredStyle],
  ['TypeScript', javascript.configure({ dialect: 'ts' }), tfjsStyle.repeat(20)],
] as const) {
  test(`${name}: after any edit the tree is that of a first look`, async () => {
    const random = createRandom(7);
    const kept = new IncrementalParse(parser);
    let now = text;
    const words = [
      '',
      'x',
      '(',
      ')',
      '\n',
      '    ',
      ':',
      '"',
      'class A(nn.Module):\n',
      'self.a = nn.Linear(1, 2)\n',
      '#',
      '{',
    ];
    for (let i = 0; i < 150; i++) {
      const at = random.integer(now.length);
      const word = words[random.integer(words.length)]!;
      now = now.slice(0, at) + word + now.slice(at + random.integer(12));
      const incremental = await kept.parse(now, never);
      // The whole trees in a message would be no help.
      assert.ok(shape(incremental) === shape(parser.parse(now)), `another tree after edit ${i}`);
    }
  });
}

test('the same text gives the same tree without parsing', async () => {
  const kept = new IncrementalParse(python);
  const first = await kept.parse(timmStyle, never);
  assert.equal(shape(await kept.parse(timmStyle, never)), shape(first));
});

test('a cancelled look gives nothing, and the next one is right', async () => {
  const text = timmStyle.repeat(150);
  const file = new CodeFile('a.py', 'python');
  let looks = 0;
  const outline = await file.outline(text, () => ++looks >= 2);
  assert.equal(outline, undefined);
  assert.equal(looks, 2, 'it was asked between slices');
  const whole = await file.outline(timmStyle, never);
  assert.deepEqual(whole, await new CodeFile('a.py', 'python').outline(timmStyle, never));
});
