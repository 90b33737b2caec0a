/** On which platforms the bundled ONNX Runtime has WebGPU. */
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
