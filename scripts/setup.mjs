/**
 * What `npm start`, `npm test` and the others do first on any machine: install what package-lock.json says if
 * node_modules has something else, then build. Plain Node: it runs before there is any dependency.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { npm, quiet } from './npm.mjs';

export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const oldestNode = [20, 9];

/** Ends the script with one sentence on stderr. */
export function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}

/** Why node_modules is not what package-lock.json says; undefined if it is. */
function outdated(folder = root) {
  const wanted = packages(path.join(folder, 'package-lock.json'));
  const installed = packages(path.join(folder, 'node_modules/.package-lock.json'));
  if (!installed) return 'node_modules is missing';
  for (const [name, { version, optional }] of Object.entries(wanted)) {
    if (!name) continue;
    const found = installed[name]?.version;
    // Packages for other platforms are optional and rightly absent.
    if (found !== version && (found || !optional))
      return `${name} is ${found ?? 'missing'} instead of ${version}`;
  }
}

function packages(lock) {
  return fs.existsSync(lock) ? JSON.parse(fs.readFileSync(lock, 'utf8')).packages : undefined;
}

export function installDependencies() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < oldestNode[0] || (major === oldestNode[0] && minor < oldestNode[1]))
    fail(`RepSim needs Node ${oldestNode.join('.')} or newer, this is ${process.versions.node}.`);
  const why = outdated();
  if (!why) return;
  console.error(`Installing dependencies (${why})`);
  try {
    npm(['ci', '--ignore-scripts', ...quiet], { cwd: root, capture: true, tries: 3 });
  } catch (error) {
    fail(error.message);
  }
}

/** Runs one of the project's steps with this Node; ends the script if it fails. */
export function step(name, args, options = {}) {
  const { status, signal } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit', ...options });
  if (status !== 0) fail(`${name} failed${signal ? ` (${signal})` : ''}.`);
}

export function build({ production = false } = {}) {
  step('The build', ['esbuild.js', ...(production ? ['--production'] : [])]);
}
