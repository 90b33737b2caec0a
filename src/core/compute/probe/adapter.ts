/**
 * Which device WebGPU runs on. Its interface in Node names no adapter, so it is concluded from what ONNX Runtime logs of the GPUs
 * that the system has, and from the drivers that the process has loaded.
 */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

export interface Adapter {
  readonly device: string;
  /** It computes on the CPU. */
  readonly software: boolean;
}

interface Gpu {
  readonly vendor: string;
  readonly device: string;
  readonly description: string | undefined;
  /** A card of its own, as far as the log tells. */
  readonly discrete: boolean;
}

/** A line of ONNX Runtime's log at level "info"; type 1 is a GPU. */
const discovered =
  /Discovered OrtHardwareDevice \{vendor_id:(0x[0-9a-f]+), device_id:(0x[0-9a-f]+), vendor:[^,]*, type:1, metadata: \[(.*)\]/gi;
const description = /Description=([^,\]]+)/;
const discrete = /\bDiscrete=1\b/;

/** Drivers of Vulkan that compute on the CPU. */
const softwareDrivers: readonly (readonly [driver: RegExp, name: string])[] = [
  [/swiftshader/i, 'SwiftShader'],
  [/libvulkan_lvp|lavapipe|llvmpipe/i, 'llvmpipe'],
];

/** Makers of GPUs by their PCI number: the name, and what their drivers of Vulkan are called. */
const vendors: Readonly<Record<string, { readonly name: string; readonly driver: RegExp }>> = {
  '0x10de': { name: 'NVIDIA', driver: /nvidia|nouveau/i },
  '0x1002': { name: 'AMD', driver: /radeon|amdvlk/i },
  '0x8086': { name: 'Intel', driver: /libvulkan_intel/i },
  '0x1414': { name: 'Microsoft', driver: /libvulkan_dzn/i },
};

/**
 * `log`: what ONNX Runtime printed; `libraries`: the files that the process had loaded, where the system tells; `platform` as Node names it.
 */
export function adapterOf(log: string, libraries: readonly string[], platform: NodeJS.Platform): Adapter {
  const found = [...log.matchAll(discovered)].map(([, vendor, device, metadata]): Gpu => {
    const name = description.exec(metadata!)?.[1]?.trim();
    const own = discrete.test(metadata!);
    return { vendor: vendor!.toLowerCase(), device: device!, description: name, discrete: own };
  });
  // ONNX Runtime asks for high performance: of two GPUs with drivers, the card runs and not the processor's.
  const gpus = found.sort((a, b) => Number(b.discrete) - Number(a.discrete));
  // Metal has no software adapter.
  if (platform === 'darwin') return { device: gpus[0]?.description ?? 'Apple GPU', software: false };
  const gpu = platform === 'linux' ? gpus.find((one) => hasDriver(one, libraries)) : gpus[0];
  if (gpu) return { device: nameOf(gpu), software: false };
  const [, name] = softwareDrivers.find(([driver]) => libraries.some((file) => driver.test(file))) ?? [];
  return { device: name ?? (platform === 'win32' ? 'WARP' : 'unknown adapter'), software: true };
}

function hasDriver({ vendor }: Gpu, libraries: readonly string[]): boolean {
  const known = vendors[vendor];
  const isOne = (file: string) =>
    known
      ? known.driver.test(file)
      : /libvulkan_/.test(file) && !softwareDrivers.some(([driver]) => driver.test(file));
  return libraries.some(isOne);
}

function nameOf({ vendor, device, description: name }: Gpu): string {
  return name ?? `${vendors[vendor]?.name ?? `vendor ${vendor}`} GPU ${device}`;
}

/** The libraries that this process has loaded; none where the system does not tell. */
export async function loadedLibraries(): Promise<string[]> {
  const maps = await readFile('/proc/self/maps', 'utf8').catch(() => '');
  const files = maps.split('\n').map((line) => line.slice(line.indexOf('/')));
  return [...new Set(files.filter((file) => /\.so(\.|$)/.test(file)))];
}

/** The model names of NVIDIA's GPUs as their driver tells them on Linux; none elsewhere. */
export async function nvidiaModels(): Promise<string[]> {
  const folder = '/proc/driver/nvidia/gpus';
  const names = await readdir(folder).catch(() => []);
  const models = names.map(async (name) => {
    const text = await readFile(path.join(folder, name, 'information'), 'utf8').catch(() => '');
    return /^Model:\s*(.+)$/m.exec(text)?.[1]?.trim();
  });
  return (await Promise.all(models)).filter((model) => model !== undefined);
}
