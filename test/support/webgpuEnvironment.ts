/** Where WebGPU finds an adapter: the machine's own, or the software adapter that Debian's chromium brings. */
import { existsSync } from 'node:fs';
import path from 'node:path';

/** The environment of a process that uses WebGPU; a machine's own configuration goes first. */
export function webgpuEnvironment(): NodeJS.ProcessEnv {
  const chromium = '/usr/lib/chromium';
  const driver = path.join(chromium, 'vk_swiftshader_icd.json');
  const own = process.env.VK_ICD_FILENAMES ?? process.env.VK_DRIVER_FILES;
  if (own !== undefined || !existsSync(driver)) return process.env;
  const libraries = [process.env.LD_LIBRARY_PATH, chromium].filter(Boolean).join(':');
  return { ...process.env, VK_ICD_FILENAMES: driver, LD_LIBRARY_PATH: libraries };
}
