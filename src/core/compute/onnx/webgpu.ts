/** Where WebGPU of the bundled ONNX Runtime is missing, and what brings it. */
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

const loaderFix =
  "install Vulkan's loader: sudo apt-get install libvulkan1 (Debian, Ubuntu) or sudo dnf install vulkan-loader (Fedora)";

/** What brings a GPU that WebGPU can use on `platform`, as Node names it. */
export function adapterFix(platform: NodeJS.Platform): string {
  switch (platform) {
    case 'linux':
      return "install the GPU's Vulkan driver (mesa-vulkan-drivers for AMD and Intel, NVIDIA's has it) and Vulkan's loader (libvulkan1, on Fedora vulkan-loader)";
    case 'darwin':
      return 'update macOS';
    default:
      return "install the GPU's current driver";
  }
}

/** Why no adapter was found. `log`: what ONNX Runtime and its WebGPU printed. */
export function lackOfAdapter(log: string, platform: NodeJS.Platform): NotFound {
  if (/Couldn't load Vulkan/.test(log))
    return { why: "no GPU adapter: Vulkan's loader, libvulkan.so.1, is not installed", fix: loaderFix };
  if (/Found no drivers|VK_ERROR_INCOMPATIBLE_DRIVER/.test(log)) {
    return {
      why: 'no GPU adapter: Vulkan finds no driver',
      fix: "install the GPU's Vulkan driver (mesa-vulkan-drivers for AMD and Intel, NVIDIA's has it); a container with NVIDIA's needs NVIDIA_DRIVER_CAPABILITIES=all, with others --device /dev/dri",
    };
  }
  return { why: 'no GPU adapter', fix: adapterFix(platform) };
}
