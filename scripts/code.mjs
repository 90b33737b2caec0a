/**
 * `npm run code`: opens the extension on a copy of the bundled sample: in the `code` on the PATH, else in VS Code in
 * the browser as the tests use it, until Ctrl-C.
 */
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { packageExtension } from './package.mjs';
import { build, fail, installDependencies, root } from './setup.mjs';
import { setupVscode } from './setupVscode.mjs';

const settings = {
  checkpoint: 'fashion-vit-tiny',
  data: 'brainregion.npz',
  oldData: 'fashion.npz',
  method: 'repsim',
  lambda: 0.3,
};

/** A workspace to play in; it stays, with its runs, for the next time. */
function sampleWorkspace() {
  const folder = path.join(os.tmpdir(), `repsim-sample-${os.userInfo().username}`);
  fs.mkdirSync(folder, { recursive: true });
  for (const name of [settings.checkpoint, settings.data, settings.oldData])
    fs.cpSync(path.join(root, 'samples', name), path.join(folder, name), { recursive: true });
  const file = path.join(folder, 'repsim.json');
  if (!fs.existsSync(file)) fs.writeFileSync(file, `${JSON.stringify(settings, null, 2)}\n`);
  return folder;
}

function openInCode(workspace) {
  const shell = process.platform === 'win32';
  if (spawnSync('code', ['--version'], { stdio: 'ignore', shell }).status !== 0) return false;
  const { status } = spawnSync('code', [`--extensionDevelopmentPath=${root}`, '--new-window', workspace], {
    stdio: 'inherit',
    shell,
  });
  return status === 0;
}

async function serve(workspace) {
  const { node, server } = setupVscode();
  const folder = path.join(root, '.vscode-test/code');
  build({ production: true });
  const vsix = await packageExtension({ out: path.join(folder, 'repsim.vsix') });
  fs.mkdirSync(path.join(folder, 'data/User'), { recursive: true });
  const userSettings = path.join(folder, 'data/User/settings.json');
  if (!fs.existsSync(userSettings))
    fs.writeFileSync(
      userSettings,
      JSON.stringify({ 'workbench.startupEditor': 'none', 'chat.disableAIFeatures': true }),
    );
  const base = [
    server,
    '--accept-server-license-terms',
    ...['--server-data-dir', path.join(folder, 'home'), '--user-data-dir', path.join(folder, 'data')],
    ...['--extensions-dir', path.join(folder, 'extensions')],
  ];
  const env = { ...process.env, EXTENSIONS_GALLERY: '{}' };
  const installed = spawnSync(node, [...base, '--install-extension', vsix, '--force'], {
    env,
    encoding: 'utf8',
  });
  if (installed.status !== 0) fail(`The extension could not be installed: ${installed.stderr}`);
  const token = randomBytes(16).toString('hex');
  const options = ['--host', '127.0.0.1', '--port', process.env.PORT ?? '0', '--connection-token', token];
  const child = spawn(node, [...base, ...options, '--disable-telemetry', '--disable-workspace-trust'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child.stdout.on('data', (text) => {
    const port = /Extension host agent listening on (\d+)/.exec(text)?.[1];
    if (port)
      console.log(
        `VS Code with RepSim: http://127.0.0.1:${port}/?tkn=${token}&folder=${encodeURIComponent(workspace)}\nCtrl-C ends it.`,
      );
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => child.kill('SIGTERM'));
  child.once('exit', (code, signal) => process.exit(signal ? 0 : (code ?? 0)));
}

installDependencies();
build();
const workspace = sampleWorkspace();
if (openInCode(workspace)) console.log(`VS Code is open on ${workspace}`);
else await serve(workspace);
