/** `npm start`: sets up, then finetunes the bundled sample twice and compares. What follows `--` goes to `repsim demo`. */
import { spawnSync } from 'node:child_process';
import { build, installDependencies, root } from './setup.mjs';

installDependencies();
build();
const { status } = spawnSync(process.execPath, ['dist/cli.js', 'demo', ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
});
process.exit(status ?? 1);
