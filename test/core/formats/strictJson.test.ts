import assert from 'node:assert/strict';
import test from 'node:test';
import { JsonSyntaxError, parseJsonObject, parseStrictJson } from '../../../src/core/formats/strictJson';

const valid = [
  '{"a": [1, -2.5e3, true, false, null, "x\\n\\u00e9\\"\\\\"], "b": {}}',
  ' [ ] ',
  '0',
  '"é"',
  '{"a":{"b":[{"c":[[]]}]}}',
  '-1.0',
];
for (const text of valid) {
  test(`reads ${text} as JSON.parse does`, () => {
    assert.deepEqual(JSON.parse(JSON.stringify(parseStrictJson(text))), JSON.parse(text));
  });
}

const invalid = [
  '',
  '{',
  '{"a"',
  '{"a":',
  '{"a":1',
  '{"a":1,}',
  '[1,]',
  '[1 2]',
  '{a:1}',
  "{'a':1}",
  '01',
  '1.',
  '.5',
  '+1',
  'NaN',
  'Infinity',
  'tru',
  '"abc',
  '"\t"',
  '"\\x"',
  '"\\u12g4"',
  '{} {}',
  '\u00a0{}',
  '{"a":1,"a":2}',
  '{"__proto__":1,"__proto__":2}',
  `${'['.repeat(100)}${']'.repeat(100)}`,
];
for (const text of invalid) {
  test(`refuses ${text.slice(0, 30) || 'an empty text'}`, () => {
    assert.throws(() => parseStrictJson(text), JsonSyntaxError);
  });
}

test('a million brackets are refused at once, without running out of stack', () => {
  assert.throws(() => parseStrictJson('['.repeat(1_000_000)), /deeper than 64/);
});

test('a name such as __proto__ is an ordinary name and changes no prototype', () => {
  const value = parseStrictJson('{"__proto__": {"polluted": true}, "constructor": 1}') as Record<
    string,
    unknown
  >;
  assert.deepEqual(Object.keys(value), ['__proto__', 'constructor']);
  assert.equal((value as { polluted?: boolean }).polluted, undefined);
  assert.equal(({} as { polluted?: boolean }).polluted, undefined);
});

test('members keep the text they were written with', () => {
  const { value, sources } = parseJsonObject('{"rate": 0.0, "list": [1,\n 2], "eps" : 1e-12}');
  assert.equal(value.rate, 0);
  assert.deepEqual(
    [...sources],
    [
      ['rate', '0.0'],
      ['list', '[1,\n 2]'],
      ['eps', '1e-12'],
    ],
  );
});
