/** What people say of a run: kept whole in its folder, and whatever a file claims, bounded. */
import assert from 'node:assert/strict';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { changeAbout } from '../../src/host/runs/aboutRun';
import { longestNote, longestRunName } from '../../src/protocol/about';
import { readAbout } from '../../src/protocol/runFiles';
import { hostileName } from '../webview/exampleRuns';

function runFolder(t: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'repsim-about-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('a name, a note and a star are kept, changed one by one, and taken away by nothing', async (t) => {
  const run = runFolder(t);
  assert.deepEqual(await readAbout(run), { format: 1 });
  await changeAbout(run, { name: '  the good one ' });
  await changeAbout(run, { note: 'for the poster\nand the talk' });
  await changeAbout(run, { starred: true });
  const all = { format: 1, name: 'the good one', note: 'for the poster\nand the talk', starred: true };
  assert.deepEqual(await readAbout(run), all);
  assert.deepEqual(JSON.parse(readFileSync(path.join(run, 'about.json'), 'utf8')), all);
  await changeAbout(run, { name: ' ', starred: false });
  await changeAbout(run, { note: '' });
  assert.deepEqual(await readAbout(run), { format: 1 });
  assert.deepEqual(readdirSync(run), ['about.json'], 'nothing temporary is left');
});

test('what is too long is cut, hostile characters are kept as they are', async (t) => {
  const run = runFolder(t);
  await changeAbout(run, { name: hostileName, note: '"'.repeat(2 * longestNote) });
  const { name, note } = await readAbout(run);
  assert.equal(name, hostileName.slice(0, longestRunName));
  assert.equal(note?.length, longestNote);
});

test('a file that says nothing readable is as good as none, and is replaced by a change', async (t) => {
  const contents = [
    '{',
    '[]',
    'null',
    '{"format": 2, "name": "later"}',
    '{"format": 1, "name": {"toString": "x"}}',
    `{"format": 1, "name": "${'x'.repeat(5000)}"}`,
    `{"format": 1, "note": "${'x'.repeat(1_000_000)}"}`,
    '{"format": 1, "__proto__": {"starred": true}}',
  ];
  for (const content of contents) {
    const run = runFolder(t);
    writeFileSync(path.join(run, 'about.json'), content);
    const about = await readAbout(run);
    assert.deepEqual(
      [about.name, about.note, about.starred],
      [undefined, undefined, undefined],
      content.slice(0, 60),
    );
    await changeAbout(run, { starred: true });
    assert.deepEqual(await readAbout(run), { format: 1, starred: true });
  }
});

test('a change never writes through a link, and a folder in its place is told', async (t) => {
  const run = runFolder(t);
  const other = path.join(runFolder(t), 'precious');
  writeFileSync(other, 'precious');
  symlinkSync(other, path.join(run, 'about.json'));
  await changeAbout(run, { starred: true });
  assert.equal(readFileSync(other, 'utf8'), 'precious');

  const odd = runFolder(t);
  mkdirSync(path.join(odd, 'about.json', 'inner'), { recursive: true });
  await assert.rejects(changeAbout(odd, { starred: true }));
  assert.deepEqual(readdirSync(odd), ['about.json']);
});
