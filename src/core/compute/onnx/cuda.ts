/** Finds a copy of the package `onnxruntime-node` that has ONNX Runtime's CUDA libraries. Loads nothing. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { RuntimeLocations } from '../locations';
import { managedRuntimes, readManagedRuntime, thisPlatform } from '../managed';
import type { NotFound } from '../tensorflow/find';
import { lackOfWebgpu } from './webgpu';

export interface FoundCuda {
  /** Folder of the package. */
  readonly folder: string;
  readonly libraries: readonly string[];
}

const libraryNames = ['libonnxruntime_providers_shared.so', 'libonnxruntime_providers_cuda.so'];
/** ONNX Runtime publishes these libraries for its package on this platform alone. */
const platform = 'linux-x64';

/** In the order: what a person named, the bundled package, what RepSim keeps. */
export async function findCuda(locations: RuntimeLocations): Promise<FoundCuda | NotFound> {
  if (thisPlatform !== platform) {
    const fix = lackOfWebgpu(thisPlatform)?.fix ?? 'use onnx-webgpu';
    return { why: `ONNX Runtime has CUDA libraries for ${platform} only`, fix };
  }
  if (!existsSync('/proc/driver/nvidia/version') && !existsSync('/usr/lib/wsl/lib/libcuda.so.1')) {
    return {
      why: 'no NVIDIA driver was found',
      fix: 'install the driver of the NVIDIA GPU, if there is one',
    };
  }
  const named = locations.path === undefined ? undefined : path.resolve(locations.path);
  const managed = named === undefined ? undefined : await readManagedRuntime(named);
  const kept = await managedRuntimes(locations.managed, 'onnx-cuda');
  const folders = [
    ...(managed?.runtime === 'onnx-cuda' ? [managed.file] : []),
    ...(named === undefined ? [] : [named, path.join(named, 'node_modules', 'onnxruntime-node')]),
    bundledOnnxRuntime(),
    ...kept.map(({ file }) => file),
  ];
  for (const folder of folders) {
    const libraries = libraryNames.map((name) => path.join(binaryFolder(folder), name));
    if (libraries.every((file) => existsSync(file))) return { folder, libraries };
  }
  return {
    why: "ONNX Runtime's CUDA libraries are not installed",
    fix: 'install them: repsim runtimes install onnx-cuda13, or -cuda12',
  };
}

/** Folder of the package that is bundled. */
export function bundledOnnxRuntime(): string {
  return path.dirname(
    createRequire(path.join(__dirname, 'onnx.js')).resolve('onnxruntime-node/package.json'),
  );
}

/** Where a copy of the package has its native files for this platform. */
export function binaryFolder(folder: string): string {
  return path.join(folder, 'bin', 'napi-v6', process.platform, process.arch);
}
