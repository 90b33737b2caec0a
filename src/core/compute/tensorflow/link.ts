/**
 * Builds the native module of the `tensorflow` runtime against an installed Python TensorFlow, whose library has the C interface
 * that the module needs. The GPU build of that package brings current CUDA, which the npm package does not.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { ReportProgress } from '../../../protocol/progress';
import { linkedTensorFlow } from '../../../protocol/runtimeCatalogue';
import { UserError } from '../../errors';
import { alone } from '../install/claim';
import { type ManagedRuntime, thisPlatform, writeManagedRuntime } from '../managed';

export interface LinkOptions {
  /** Folder of the managed runtimes. */
  readonly runtimes: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ReportProgress | undefined;
}

interface PythonTensorFlow {
  /** Folder of the package. */
  readonly folder: string;
  readonly version: string;
}

const moduleName = 'tfjs_binding.node';
const sourcesFolder = ['native', 'tensorflow'];
/** The first whose package has the library and its headers. */
const oldestVersion = [2, 12] as const;

const libraryNames = {
  linux: ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'],
  darwin: ['libtensorflow_cc.2.dylib', 'libtensorflow_framework.2.dylib'],
} as const;

const compilerFix = {
  linux: 'sudo apt-get install g++ (Debian, Ubuntu) or sudo dnf install gcc-c++ (Fedora)',
  darwin: 'xcode-select --install',
} as const;

/** Prints where the package is and its version, without importing it, which takes seconds. */
const question = `
import importlib.metadata as m, importlib.util as u, json, os
s = u.find_spec('tensorflow')
v = None
for n in ('tensorflow', 'tensorflow-cpu', 'tensorflow-macos', 'tensorflow-rocm', 'tensorflow-intel', 'tf-nightly'):
    try:
        v = m.version(n)
        break
    except m.PackageNotFoundError:
        pass
print(json.dumps({'folder': os.path.dirname(s.origin) if s and s.origin else None, 'version': v}))
`;

/**
 * Builds the module for the TensorFlow of the interpreter `python` and keeps it in place of one that was linked before. Whether it works is for a probe to tell. Throws a
 * UserError that says which part is missing and the command that brings it.
 */
export async function linkPythonTensorFlow(python: string, options: LinkOptions): Promise<ManagedRuntime> {
  const { platform } = process;
  if (platform !== 'linux' && platform !== 'darwin') {
    throw new UserError(
      'The Python TensorFlow of Windows has no library to link with: install @tensorflow/tfjs-node and name its folder as the path of the runtime.',
    );
  }
  const { signal, onProgress } = options;
  const interpreter = /[/\\]/.test(python) ? path.resolve(python) : python;
  onProgress?.({ stage: 'Looking for TensorFlow', done: 0, total: 3 });
  const tensorFlow = await findInPython(interpreter, signal);
  const libraries = libraryNames[platform].map((name) => path.join(tensorFlow.folder, name));
  const header = path.join(tensorFlow.folder, 'include', 'tensorflow', 'c', 'eager', 'c_api.h');
  for (const file of [...libraries, header]) {
    if (existsSync(file)) continue;
    throw new UserError(
      `TensorFlow ${tensorFlow.version} of ${python} lacks ${path.relative(tensorFlow.folder, file)}: install a newer one with ${python} -m pip install --upgrade tensorflow.`,
    );
  }
  const compiler = await findCompiler(platform, signal);
  onProgress?.({ stage: 'Compiling the native module', done: 1, total: 3 });
  const linked = await alone(linkedTensorFlow, options.runtimes, signal, () =>
    writeManagedRuntime(options.runtimes, linkedTensorFlow.id, async (folder) => {
      await compile(compiler, {
        tensorFlow,
        libraries,
        file: path.join(folder, moduleName),
        platform,
        signal,
      });
      return {
        ...{ format: 1, runtime: 'tensorflow', version: tensorFlow.version, platform: thisPlatform },
        source: `Python TensorFlow ${tensorFlow.version} in ${tensorFlow.folder}`,
        entry: moduleName,
        libraries,
      };
    }),
  );
  onProgress?.({ stage: 'Compiling the native module', done: 2, total: 3 });
  return linked;
}

async function findInPython(python: string, signal: AbortSignal | undefined): Promise<PythonTensorFlow> {
  // Python takes modules from the folder that it is run in, where anything may lie.
  const asked = await run(python, ['-c', question], signal, 60_000, path.parse(process.execPath).root);
  if (asked.missing) {
    throw new UserError(
      `There is no Python at ${python}: name the interpreter that has TensorFlow, such as venv/bin/python.`,
    );
  }
  const lacking = new UserError(
    `The Python ${python} has no TensorFlow: install it with ${python} -m pip install tensorflow, or name another interpreter.`,
  );
  if (asked.failed !== undefined) throw lacking;
  let answer: { readonly folder?: unknown; readonly version?: unknown };
  try {
    answer = JSON.parse(asked.stdout.trim().split('\n').at(-1) ?? '') as typeof answer;
  } catch {
    throw new UserError(`${python} did not answer as a Python interpreter does: name another.`);
  }
  const { folder, version } = answer;
  if (typeof folder !== 'string' || typeof version !== 'string') throw lacking;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major !== oldestVersion[0] || minor < oldestVersion[1]) {
    throw new UserError(
      `TensorFlow ${version} of ${python} cannot be linked, ${oldestVersion.join('.')} or a later 2.x can: install one with ${python} -m pip install --upgrade tensorflow.`,
    );
  }
  return { folder, version };
}

async function findCompiler(platform: 'linux' | 'darwin', signal: AbortSignal | undefined): Promise<string> {
  for (const name of [process.env.CXX, 'c++', 'g++', 'clang++']) {
    if (!name) continue;
    const { missing, failed } = await run(name, ['--version'], signal, 30_000);
    if (!missing && failed === undefined) return name;
  }
  throw new UserError(
    `Linking TensorFlow needs a C++ compiler and none was found: install one with ${compilerFix[platform]}.`,
  );
}

async function compile(
  compiler: string,
  job: {
    readonly tensorFlow: PythonTensorFlow;
    readonly libraries: readonly string[];
    readonly file: string;
    readonly platform: 'linux' | 'darwin';
    readonly signal: AbortSignal | undefined;
  },
): Promise<void> {
  const sources = nativeSources();
  const { failed } = await run(
    compiler,
    [
      ...[
        '-O2',
        '-std=c++17',
        '-fPIC',
        '-shared',
        '-w',
        '-DNAPI_VERSION=8',
        '-DNODE_GYP_MODULE_NAME=tfjs_binding',
      ],
      ...['include', 'binding'].map((name) => `-I${path.join(sources, name)}`),
      `-I${path.join(job.tensorFlow.folder, 'include')}`,
      ...['tfjs_backend.cc', 'tfjs_binding.cc'].map((name) => path.join(sources, 'binding', name)),
      ...job.libraries,
      `-Wl,-rpath,${job.tensorFlow.folder}`,
      // The functions of Node are found in the process that loads the module.
      ...(job.platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : []),
      ...['-o', job.file],
    ],
    job.signal,
    300_000,
  );
  if (failed === undefined) return;
  const reason = failed.split('\n').find((line) => /error|cannot|undefined/i.test(line)) ?? failed;
  throw new UserError(
    `${compiler} could not build the module for TensorFlow ${job.tensorFlow.version} (${reason.trim().slice(0, 300)}): try another TensorFlow, or install @tensorflow/tfjs-node.`,
  );
}

/** Beside `dist`, where this file is bundled to, or beside `src`. */
function nativeSources(): string {
  const roots = [path.join(__dirname, '..'), path.join(__dirname, '..', '..', '..', '..')];
  for (const root of roots) {
    const sources = path.join(root, ...sourcesFolder);
    if (existsSync(path.join(sources, 'binding', 'tfjs_binding.cc'))) return sources;
  }
  throw new UserError('The sources of the native module are missing: install RepSim again.');
}

interface Ran {
  readonly stdout: string;
  /** What went wrong, in the program's words. */
  readonly failed?: string;
  /** There is no such program. */
  readonly missing?: boolean;
}

/** Runs a program to its end. Throws the signal's reason when cancelled. */
function run(
  file: string,
  args: readonly string[],
  signal: AbortSignal | undefined,
  timeout: number,
  cwd?: string,
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    execFile(
      file,
      args,
      { encoding: 'utf8', timeout, maxBuffer: 2 ** 24, ...(signal && { signal }), ...(cwd && { cwd }) },
      (error, stdout, stderr) => {
        if (signal?.aborted) reject(signal.reason);
        else if (!error) resolve({ stdout });
        else {
          const { code } = error as NodeJS.ErrnoException;
          resolve({
            stdout,
            failed: stderr || error.message,
            missing: code === 'ENOENT' || code === 'EACCES',
          });
        }
      },
    );
  });
}
