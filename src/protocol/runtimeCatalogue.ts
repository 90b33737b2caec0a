/** The runtimes that RepSim can fetch when it is told to: what they are, where they come from, and what makes them trustworthy. */
import { runtimeEnvironment } from './runtime';

export interface InstallableRuntime {
  /** Name of the folder that it is kept in, and of the command's argument. */
  readonly id: string;
  readonly runtime: 'onnx-cuda';
  readonly title: string;
  readonly version: string;
  /** As Node names it. */
  readonly platform: string;
  readonly url: string;
  readonly sha256: string;
  /** Of the archive in MB, roughly: what a person is told before anything is fetched. */
  readonly archiveMegabytes: number;
  /** Of what is kept. */
  readonly installedMegabytes: number;
  readonly requirements: string;
}

const release = 'https://github.com/microsoft/onnxruntime/releases/download/v1.30.0';

/**
 * The libraries belong to the version of onnxruntime-node that is bundled: another version does not load them. The digests are those that
 * the releases page states for its files.
 */
const installableRuntimes: readonly InstallableRuntime[] = [
  {
    id: 'onnx-cuda13',
    runtime: 'onnx-cuda',
    title: 'ONNX Runtime libraries for CUDA 13',
    version: '1.30.0',
    platform: 'linux-x64',
    url: `${release}/onnxruntime-linux-x64-gpu_cuda13-1.30.0.tgz`,
    sha256: '382d79133112388cf94ce5855789b7c9bef12bef76a08b6b277e5a317213adcd',
    archiveMegabytes: 250,
    installedMegabytes: 330,
    requirements: 'an NVIDIA GPU, its driver 580 or newer, and the libraries of CUDA 13 and cuDNN 9',
  },
  {
    id: 'onnx-cuda12',
    runtime: 'onnx-cuda',
    title: 'ONNX Runtime libraries for CUDA 12',
    version: '1.30.0',
    platform: 'linux-x64',
    url: `${release}/onnxruntime-linux-x64-gpu_cuda12-1.30.0.tgz`,
    sha256: 'f9886932ee7bb0b4d3fcab736a392d4ff5efaa0672b47f19f0cec03437cf64f1',
    archiveMegabytes: 250,
    installedMegabytes: 330,
    requirements: 'an NVIDIA GPU, its driver 525 or newer, and the libraries of CUDA 12 and cuDNN 9',
  },
];

/** Where the archive is fetched from: the publisher, or a mirror that the environment names. */
export function archiveAddress({ url }: InstallableRuntime, env: NodeJS.ProcessEnv): string {
  const mirror = env[runtimeEnvironment.mirror];
  return mirror ? `${mirror.replace(/\/+$/, '')}/${url.slice(url.lastIndexOf('/') + 1)}` : url;
}

/** What linking the TensorFlow of a Python leaves; no publisher has it. */
export const linkedTensorFlow = { id: 'tensorflow-python', title: 'The linked TensorFlow of a Python' };

/** What can be removed again on this platform. */
export function removableOn(platform: string): readonly Pick<InstallableRuntime, 'id' | 'title'>[] {
  return [...installableOn(platform), linkedTensorFlow];
}

/** Those that run on this platform, "linux-x64" for example. */
export function installableOn(platform: string): readonly InstallableRuntime[] {
  return installableRuntimes.filter((one) => one.platform === platform);
}
