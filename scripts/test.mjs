/**
 * `npm test`: sets up, builds, checks types and style, runs the unit tests and those in a real VS Code, and ends with
 * one line that sums them. `--check`, `--unit`, `--vscode` do a part; names after `--unit` choose test folders.
 */
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import { stripVTControlCharacters } from 'node:util';
import { build, fail, installDependencies, root, step } from './setup.mjs';
import { setupVscode } from './setupVscode.mjs';

const parts = ['--check', '--unit', '--vscode'];
const named = process.argv.slice(2).filter((argument) => !parts.includes(argument));
const asked = parts.filter((part) => process.argv.includes(part));
const todo = asked.length > 0 ? asked : parts;

/** Everything that failed, in words; tests that fail do not keep the later parts from running. */
const failures = [];
const counts = { passed: 0, failed: 0, skipped: 0 };

function check(name, args) {
  console.log(`\n== ${name}`);
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) failures.push(name);
}

/** Runs a test runner, shows its output under `title` and reads the counts of its closing lines. */
async function runTests(title, args) {
  console.log(`\n== ${title}`);
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  const status = new Promise((resolve) => child.once('close', resolve));
  const summary = {};
  for await (const line of readline.createInterface({ input: child.stdout })) {
    console.log(line);
    const [, word, count] =
      stripVTControlCharacters(line).match(/^. (pass|fail|cancelled|skipped) (\d+)$/) ?? [];
    if (word) summary[word] = Number(count);
  }
  const { pass = 0, fail: failed = 0, cancelled = 0, skipped = 0 } = summary;
  return { ok: (await status) === 0, passed: pass, failed: failed + cancelled, skipped };
}

/** Adds what a runner found to the counts of all. */
function report(name, found) {
  for (const key of Object.keys(counts)) counts[key] += found[key];
  if (!found.ok) failures.push(name);
  else if (found.passed === 0) failures.push(`${name} (no test ran)`);
}

/**
 * Runs the tests of each file in a VS Code of its own, one file at a time: each has a browser and a finetuning too, and
 * some measure time. A window that another program of the machine kept waiting is no fault of ours, so a file that
 * fails is run once more, and the last lines name it; after three such files something is broken, and no more is repeated.
 */
async function windowTests(files) {
  const repeated = [];
  for (const file of files) {
    const args = ['--import', 'tsx', '--test', '--test-reporter=spec', file];
    let found = await runTests(file, args);
    if (!found.ok && repeated.length < 3) {
      repeated.push(file);
      found = await runTests(`${file}, once more`, args);
    }
    report(file, found);
  }
  return repeated;
}

/** Folders and files under test/ that need no VS Code. */
const unitParts = () =>
  fs.readdirSync(path.join(root, 'test')).filter((name) => name !== 'vscode' && name !== 'run.mjs');

/** The browser that drives VS Code's workbench, or one sentence that says what to install. */
function findChromium() {
  const found = [
    process.env.CHROMIUM,
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
  ]
    .filter(Boolean)
    .find((file) => fs.existsSync(file));
  return (
    found ??
    fail('The tests need Chromium: install it (Debian: apt-get install chromium) or name one in CHROMIUM.')
  );
}

installDependencies();
build();
// The same numbers on every machine: "auto" would take a GPU where there is one.
process.env.REPSIM_RUNTIME ??= 'onnx-cpu';
if (todo.includes('--check')) {
  check('Types', ['node_modules/typescript/bin/tsc', '-p', '.']);
  check('Types of the webviews', ['node_modules/typescript/bin/tsc', '-p', 'webview']);
  check('Style', ['node_modules/@biomejs/biome/bin/biome', 'ci']);
}
if (todo.includes('--unit')) {
  process.env.CHROMIUM ??= findChromium();
  const name = 'Unit tests';
  report(name, await runTests(name, ['test/run.mjs', ...(named.length > 0 ? named : unitParts())]));
}
if (todo.includes('--vscode')) {
  process.env.CHROMIUM ??= findChromium();
  try {
    setupVscode();
  } catch (error) {
    fail(error.message);
  }
  process.env.REPSIM_VSIX = path.join(root, 'test-results/repsim.vsix');
  step('Packing the extension', ['scripts/package.mjs', '--out', process.env.REPSIM_VSIX]);
  const files = fs
    .readdirSync(path.join(root, 'test/vscode'))
    .filter((file) => file.endsWith('.test.ts'))
    .filter((file) => named.length === 0 || named.some((name) => file.startsWith(name)))
    .map((file) => path.join('test/vscode', file));
  for (const file of await windowTests(files))
    console.error(`Failed at first and was run once more: ${file}`);
}
for (const failure of failures) console.error(`Failed: ${failure}`);
const { passed, failed, skipped } = counts;
if (passed + failed > 0)
  console.log(`\n${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`);
process.exit(failures.length > 0 ? 1 : 0);
