/** Where WebGPU of the bundled ONNX Runtime is missing, and what brings it. */
import { existsSync } from 'node:fs';
import type { NotFound } from '../tensorflow/find';

/** Of the platforms that RepSim is packaged for; the table in the README of onnxruntime-node 1.30 says so. */
const without = 'linux-arm64';

/** Why there is none on `platform`, "linux-x64" for example; undefined where there is. */
export function lackOfWebgpu(platform: string): NotFound | undefined {
  if (platform !== without) return undefined;
  return {
    why: `ONNX Runtime has no WebGPU for ${platform} yet`,
    fix: 'link a TensorFlow that uses the GPU: repsim runtimes link --python PATH',
  };
}

const loaderFix = 'sudo apt-get install libvulkan1 (Fedora: sudo dnf install vulkan-loader)';
const driverFix = "install the GPU's Vulkan driver (mesa-vulkan-drivers; NVIDIA's has it)";
const containerFix =
  'start the container with --gpus all and NVIDIA_DRIVER_CAPABILITIES=all, or with --device /dev/dri';

/** What brings a GPU that WebGPU can use on `platform`, as Node names it. */
export function adapterFix(platform: NodeJS.Platform): string {
  switch (platform) {
    case 'linux':
      return "install the GPU's Vulkan driver, and its loader (libvulkan1)";
    case 'darwin':
      return 'update macOS';
    default:
      return "install the GPU's current driver";
  }
}

/** Why no adapter was found. `log`: what ONNX Runtime and its WebGPU printed. */
export function lackOfAdapter(
  log: string,
  { platform, container }: { readonly platform: NodeJS.Platform; readonly container: boolean },
): NotFound {
  if (/Couldn't load Vulkan/.test(log))
    return { why: "no GPU adapter, for Vulkan's loader is not installed", fix: loaderFix };
  if (/Found no drivers|VK_ERROR_INCOMPATIBLE_DRIVER/.test(log))
    return {
      why: 'no GPU adapter, for Vulkan finds no driver',
      fix: container ? containerFix : driverFix,
    };
  return { why: 'no GPU adapter', fix: adapterFix(platform) };
}

/** Whether this process is in a container, by the files that Docker and Podman leave in theirs. */
export function inContainer(): boolean {
  return ['/.dockerenv', '/run/.containerenv'].some((file) => existsSync(file));
}
