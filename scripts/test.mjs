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

/**
 * Runs a test runner, shows its output under `title` and reads its closing lines: the counts, and what failed with the
 * files that it stands in.
 */
async function runTests(title, args) {
  console.log(`\n== ${title}`);
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  const status = new Promise((resolve) => child.once('close', resolve));
  const summary = {};
  const why = [];
  for await (const line of readline.createInterface({ input: child.stdout })) {
    console.log(line);
    const text = stripVTControlCharacters(line);
    const [, word, count] = text.match(/^. (pass|fail|cancelled|skipped) (\d+)$/) ?? [];
    if (word) summary[word] = Number(count);
    if (why.length > 0 || text === '✖ failing tests:') why.push(text);
  }
  const { pass = 0, fail: failed = 0, cancelled = 0, skipped = 0 } = summary;
  const files = new Set(why.flatMap((line) => line.match(/^test at (.+?):\d+:\d+$/)?.[1] ?? []));
  return {
    ok: (await status) === 0,
    passed: pass,
    failed: failed + cancelled,
    skipped,
    files: [...files],
    why,
  };
}

/** Files that failed at first and were run once more. */
const repeated = [];
const mostRepeated = 3;

/**
 * Runs tests and adds what is found to the counts of all. Browsers and finetunings run beside the tests, and another
 * program of the machine can keep one waiting beyond its time, which is no fault of ours: the files that failed are run
 * once more by themselves, and the last lines tell. Where more than a few fail something is broken, and nothing is repeated.
 */
async function runAndReport(name, args, argsOf) {
  let found = await runTests(name, args);
  const { files } = found;
  if (
    !found.ok &&
    files.length > 0 &&
    repeated.flatMap((run) => run.files).length + files.length <= mostRepeated
  ) {
    repeated.push({ files, why: found.why });
    const again = await runTests(`${files.join(', ')}, once more`, argsOf(files));
    if (again.ok && again.passed > 0)
      found = { ...again, passed: found.passed + found.failed, skipped: found.skipped };
  }
  for (const key of Object.keys(counts)) counts[key] += found[key];
  if (!found.ok) failures.push([name, ...found.why].join('\n'));
  else if (found.passed === 0) failures.push(`${name} (no test ran)`);
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
  const argsOf = (parts) => ['test/run.mjs', ...parts];
  await runAndReport('Unit tests', argsOf(named.length > 0 ? named : unitParts()), (files) =>
    argsOf(files.map((file) => path.relative('test', file))),
  );
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
  // Each file has a VS Code of its own, one at a time: some measure time.
  const argsOf = (named) => ['--import', 'tsx', '--test', '--test-reporter=spec', ...named];
  for (const file of files) await runAndReport(file, argsOf([file]), () => argsOf([file]));
}
for (const { files, why } of repeated)
  console.error(['', `Failed at first and was run once more: ${files.join(', ')}`, ...why].join('\n'));
for (const failure of failures) console.error(`\nFailed: ${failure}`);
const { passed, failed, skipped } = counts;
if (passed + failed > 0)
  console.log(`\n${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`);
process.exit(failures.length > 0 ? 1 : 0);
