/** The stages that core and the engine tell are those that the editor can say in another language. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { sentenceOf, stageSentences } from '../../src/protocol/coreWords';

const root = path.join(__dirname, '../../src');
const sources = ['core', 'engine'].flatMap((folder) =>
  readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(path.join(root, folder, file), 'utf8')),
);
const told = sources.flatMap((source) =>
  [...source.matchAll(/\bstage: (['`])(.+?)\1/g)].map(([, , stage]) =>
    stage!.replace(/\$\{[^}]*\}/g, 'training'),
  ),
);

test('every stage is known, and every known stage is told', () => {
  assert.ok(told.length > 25, `${told.length} stages were found`);
  assert.deepEqual(
    told.filter((stage) => !sentenceOf(stage)),
    [],
  );
  const used = new Set(told.map((stage) => sentenceOf(stage)!.sentence));
  const byKind = 'Measuring the sharpness on held-out images';
  assert.deepEqual(
    stageSentences.filter((sentence) => !used.has(sentence)),
    [byKind],
    'told of two kinds of images by one template',
  );
});

test('what stands in a sentence is found, whatever it is', () => {
  assert.deepEqual(sentenceOf('Epoch 3 of 15'), { sentence: 'Epoch {0} of {1}', values: ['3', '15'] });
  assert.deepEqual(sentenceOf('Unpacking a (b) {0}\nc'), {
    sentence: 'Unpacking {0}',
    values: ['a (b) {0}\nc'],
  });
  assert.equal(sentenceOf('Checking that results repeat')?.sentence, 'Checking that results repeat');
  assert.equal(sentenceOf('Reading minds'), undefined);
});
