/** A runtime as found on this machine, before anything of it is loaded: what its files are, and how it is opened. */
import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { RuntimeName } from '../../../protocol/runtime';
import type { RuntimeLocations } from '../locations';
import { thisPlatform } from '../managed';
import { binaryFolder, bundledOnnxRuntime, findCuda } from '../onnx/cuda';
import { lackOfWebgpu } from '../onnx/webgpu';
import { findTensorFlow, type NotFound } from '../tensorflow/find';

export const probedNames = [
  'onnx-cpu',
  'onnx-webgpu',
  'onnx-cuda',
  'tensorflow',
] as const satisfies RuntimeName[];
export type ProbedName = (typeof probedNames)[number];

export interface Candidate {
  readonly name: ProbedName;
  /** Where it was found; undefined for what is bundled. */
  readonly path?: string | undefined;
  /** Changes with the files, the drivers and the hardware that the result of a probe depends on. */
  readonly identity: string;
}

export type Found = Candidate | (NotFound & { readonly name: ProbedName });

export async function findCandidate(name: ProbedName, locations: RuntimeLocations): Promise<Found> {
  switch (name) {
    case 'onnx-cpu':
    case 'onnx-webgpu': {
      const lacking = name === 'onnx-webgpu' ? lackOfWebgpu(thisPlatform) : undefined;
      if (lacking) return { name, ...lacking };
      const binaries = binaryFolder(bundledOnnxRuntime());
      const files = (await readdir(binaries).catch(() => [])).map((file) => path.join(binaries, file));
      return { name, identity: await identityOf(name, files) };
    }
    case 'onnx-cuda': {
      const found = await findCuda(locations);
      if ('why' in found) return { name, ...found };
      const { folder, libraries } = found;
      const bundled = folder === bundledOnnxRuntime();
      return { name, identity: await identityOf(name, libraries), ...(!bundled && { path: folder }) };
    }
    case 'tensorflow': {
      const found = await findTensorFlow(locations);
      if ('why' in found) return { name, ...found };
      return { name, path: found.file, identity: await identityOf(name, [found.file, ...found.libraries]) };
    }
    default:
      throw new Error(`There is no runtime "${name satisfies never}".`);
  }
}

/** Where drivers of Vulkan are registered. */
const driverFolders = ['/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d', '/usr/local/share/vulkan/icd.d'];
const driverVariables = [
  'VK_ICD_FILENAMES',
  'VK_DRIVER_FILES',
  'VK_ADD_DRIVER_FILES',
  'LD_LIBRARY_PATH',
  'CUDA_VISIBLE_DEVICES',
  ...['VK_LOADER_DRIVERS_SELECT', 'VK_LOADER_DRIVERS_DISABLE', 'MESA_VK_DEVICE_SELECT', 'DRI_PRIME'],
];
/** Change when libraries (Vulkan's loader, CUDA) or drivers are installed: the list of Linux's linker, the drivers of Windows. */
const installed = [
  '/etc/ld.so.cache',
  path.join(process.env.SystemRoot ?? 'C:\\Windows', 'System32', 'DriverStore', 'FileRepository'),
];

async function identityOf(name: ProbedName, files: readonly string[]): Promise<string> {
  const parts: unknown[] = [
    ...[process.platform, process.arch, os.release(), os.cpus()[0]?.model, os.availableParallelism()],
    ...(await Promise.all(files.map(stamp))),
  ];
  if (name !== 'onnx-cpu') {
    parts.push(...driverVariables.map((variable) => process.env[variable]));
    parts.push(await readFile('/proc/driver/nvidia/version', 'utf8').catch(() => undefined));
    parts.push(...(await Promise.all(installed.map(stamp))));
    parts.push(await readdir('/sys/class/drm').catch(() => undefined));
    for (const folder of driverFolders) {
      const drivers = await readdir(folder).catch(() => []);
      parts.push(...(await Promise.all(drivers.map((file) => stamp(path.join(folder, file))))));
    }
  }
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

async function stamp(file: string): Promise<unknown> {
  return stat(file).then(
    ({ size, mtimeMs }) => [file, size, mtimeMs],
    () => [file],
  );
}
