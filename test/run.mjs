/** Runs test files with Node's own runner: `node test/run.mjs` all of them, `node test/run.mjs core/compute cli` a part. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const parts = process.argv.slice(2);
const files = readdirSync(here, { recursive: true })
  .filter((file) => file.endsWith('.test.ts'))
  .filter((file) => parts.length === 0 || parts.some((part) => file.startsWith(part)))
  .sort()
  .map((file) => path.join(here, file));
if (files.length === 0) {
  console.error(`no test file under test/ begins with ${parts.join(' or ')}`);
  process.exit(1);
}
const { status } = spawnSync(
  process.execPath,
  ['--import', 'tsx', '--test', '--test-reporter=spec', '--test-concurrency=2', ...files],
  // The same numbers on every machine: "auto" would take a GPU where there is one.
  { stdio: 'inherit', cwd: path.dirname(here), env: { REPSIM_RUNTIME: 'onnx-cpu', ...process.env } },
);
process.exit(status ?? 1);
