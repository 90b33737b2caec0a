/** Runs npm from the scripts of this folder: with npm's own file when `npm run` tells it, else by name from the PATH. */
import { spawnSync } from 'node:child_process';

/**
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, capture?: boolean, tries?: number }} [options] `capture` returns
 *   stdout instead of showing it; `tries` > 1 repeats what a network can break.
 * @returns {string} stdout if captured, else ''
 * @throws {Error} with the command and its exit status
 */
export function npm(args, { cwd, env = process.env, capture = false, tries = 1 } = {}) {
  const script = process.env.npm_execpath;
  const known = script?.endsWith('npm-cli.js');
  const [command, first] = known ? [process.execPath, [script]] : ['npm', []];
  for (let left = tries; ; left--) {
    const { status, stdout, error } = spawnSync(command, [...first, ...args], {
      cwd,
      env,
      encoding: 'utf8',
      stdio: ['ignore', capture ? 'pipe' : 'inherit', 'inherit'],
      shell: !known && process.platform === 'win32',
      maxBuffer: 64 * 1024 * 1024,
    });
    if (status === 0) return stdout ?? '';
    if (left <= 1) throw new Error(`npm ${args.join(' ')} failed: ${error?.message ?? `status ${status}`}`);
  }
}

/** What every npm call here adds: no reports, no noise. */
export const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
