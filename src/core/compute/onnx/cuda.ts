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
/** Told where one of the libraries that they need is missing. */
export const librariesFix =
  'install CUDA (12 for onnx-cuda12, 13 for onnx-cuda13) and cuDNN 9 where the system finds libraries';
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

const words = /(?:CUDA|CUBLAS|CUDNN) failure \d+: [^;\n]+|CUDNN_STATUS_\w+/;
const notLoaded = /Failed to load (?:shared )?library/;
/** Told where the driver is missing, too old, or kept from a container. */
const driverFix = "update the GPU's driver, or give the container its GPU (--gpus all)";
/** By the numbers of `cudaError`: kernels for another generation of GPUs. */
const otherGpu = /^CUDA failure (?:209|222):/;
/** Too little memory, or another program that has the GPU for itself. */
const busy = /^CUDA failure (?:2|46):|ALLOC(?:ATION)?_FAILED/;

/** Why CUDA does not start, from what ONNX Runtime says of it; undefined where its words are of something else. */
export function lackOfCuda(message: string): NotFound | undefined {
  if (notLoaded.test(message))
    return { why: 'a library that it needs does not load (repsim runtimes names it)', fix: librariesFix };
  const [why] = words.exec(message) ?? [];
  if (why === undefined) return undefined;
  const said = why.trim();
  if (busy.test(said)) return { why: said, fix: 'end the other programs that use the GPU' };
  if (otherGpu.test(said))
    return { why: said, fix: 'this GPU is too old or too new for it: use onnx-webgpu' };
  return { why: said, fix: said.startsWith('CUDA ') ? driverFix : librariesFix };
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
