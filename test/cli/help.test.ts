/** `--help` is enough to work with: every setting has its option there, with its default and the values that it takes. */
import assert from 'node:assert/strict';
import os from 'node:os';
import test from 'node:test';
import { measures } from '../../src/core/similarity/measures';
import { landscapeSettings } from '../../src/protocol/landscape';
import { finetuneSettings, methods } from '../../src/protocol/settings';
import { sharpnessSettings } from '../../src/protocol/sharpness';
import { repsim } from './repsim';

/** The help of a command with its lines joined: one option is one piece of text. */
async function helpOf(command: string): Promise<string> {
  const { code, stdout, stderr } = await repsim([command, '--help'], os.tmpdir());
  assert.equal(code, 0, stderr);
  return stdout.replace(/\s+/g, ' ');
}

const jobs = {
  finetune: finetuneSettings.shape,
  sharpness: sharpnessSettings.shape,
  landscape: landscapeSettings.shape,
};

for (const [command, settings] of Object.entries(jobs)) {
  test(`${command}: every setting is an option, and what it is where nothing is said is told`, async () => {
    const help = await helpOf(command);
    for (const [name, schema] of Object.entries(settings)) {
      if (name.startsWith('checkpoint')) continue;
      const option = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
      const [, text] = help.split(`${option} <`);
      assert.ok(text, `${option} in the help of ${command}`);
      const { data } = schema.safeParse(undefined);
      if (data !== undefined)
        assert.ok(text.split(' --')[0]!.includes(`default: ${data}`), `${option}: ${text}`);
    }
  });
}

test('what can be chosen is named: methods, measures', async () => {
  const [finetune, compare] = await Promise.all([helpOf('finetune'), helpOf('compare')]);
  for (const method of methods) assert.ok(finetune.includes(`${method}: `), method);
  for (const { id } of measures) assert.match(compare, new RegExp(`\\b${id}\\b`));
  assert.match(finetune, /Examples: repsim finetune /);
});

test('the options that all commands share are taken where they change nothing, and then not in the help', async () => {
  const shared = ['--runtime', 'onnx-cpu', '--seed', '1', '--threads', '1', '--json'];
  const listed = await repsim(['dataset', 'list', ...shared], os.tmpdir());
  assert.equal(listed.code, 0, listed.stderr);
  assert.ok(JSON.parse(listed.stdout));
  const report = await repsim(['report', 'there-is-no-such-run', ...shared], os.tmpdir());
  assert.equal(report.code, 1, report.stderr);
  assert.doesNotMatch(await helpOf('report'), /--threads/);
});
