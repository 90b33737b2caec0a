/** Finds a native TensorFlow: the one that a person named, the workspace's, one that RepSim keeps. Loads nothing. */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { RuntimeLocations } from '../locations';
import { managedRuntimes, readManagedRuntime } from '../managed';

export interface FoundModule {
  /** The native module. */
  readonly file: string;
  /** Files elsewhere that it loads. */
  readonly libraries: readonly string[];
}

/** Why there is none, and the one thing to do about it. */
export interface NotFound {
  readonly why: string;
  readonly fix: string;
}

const moduleName = 'tfjs_binding.node';
/** The one with a GPU first. */
const packages = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'];

export async function findTensorFlow(locations: RuntimeLocations): Promise<FoundModule | NotFound> {
  const problems: NotFound[] = [];
  const named = locations.path === undefined ? undefined : path.resolve(locations.path);
  const places = [
    ...(named === undefined ? [] : [() => inNamed(named)]),
    ...(locations.workspace ? [() => inModules(path.join(locations.workspace!, 'node_modules'))] : []),
  ];
  for (const look of places) {
    const found = await look();
    if (found && 'file' in found) return found;
    if (found) problems.push(found);
  }
  const [kept] = await managedRuntimes(locations.managed, 'tensorflow');
  if (kept) return { file: kept.file, libraries: kept.libraries };
  return (
    problems[0] ?? {
      why: `no TensorFlow was found${named === undefined ? '' : `, not in ${named} either`}`,
      fix: 'link an installed Python TensorFlow: repsim runtimes link --python PATH',
    }
  );
}

/** What a person named: a native module, a folder of RepSim's own, a package, or a folder with a node_modules. */
async function inNamed(named: string): Promise<FoundModule | NotFound | undefined> {
  if (named.endsWith('.node')) {
    if (await isFile(named)) return { file: named, libraries: [] };
    return { why: `there is no file ${named}`, fix: 'correct the path of the runtime' };
  }
  const managed = await readManagedRuntime(named);
  if (managed) return managed.runtime === 'tensorflow' ? managed : undefined;
  return (await inPackage(named)) ?? (await inModules(path.join(named, 'node_modules')));
}

async function inModules(modules: string): Promise<FoundModule | NotFound | undefined> {
  for (const name of packages) {
    const found = await inPackage(path.join(modules, name));
    if (found) return found;
  }
  return undefined;
}

/** The native module of a package: in the folder of the newest Node-API that this Node has. */
async function inPackage(folder: string): Promise<FoundModule | NotFound | undefined> {
  if (!(await isFile(path.join(folder, 'binding.gyp')))) return undefined;
  const names = await readdir(path.join(folder, 'lib')).catch(() => []);
  const versions = names
    .map((name) => Number(/^napi-v(\d+)$/.exec(name)?.[1]))
    .filter((version) => version <= Number(process.versions.napi))
    .sort((a, b) => b - a);
  for (const version of versions) {
    const file = path.join(folder, 'lib', `napi-v${version}`, moduleName);
    if (await isFile(file)) return { file, libraries: [] };
  }
  const name = path.join(path.basename(path.dirname(folder)), path.basename(folder));
  return {
    why: `${folder} has no native module, because it was installed without its scripts`,
    fix: `in that folder's project: npm rebuild ${name.replaceAll(path.sep, '/')}`,
  };
}

async function isFile(file: string): Promise<boolean> {
  return stat(file).then(
    (found) => found.isFile(),
    () => false,
  );
}
