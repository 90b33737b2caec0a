/** Keeps what probes found: native code is tried again only when its files, its drivers or the hardware changed. */
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { type ProbedName, probedNames } from './candidate';
import type { ProbeResult } from './probe';

const probesFile = 'probes.json';
/** Some hundred bytes a runtime. */
const largestFile = 2 ** 20;

const result = z.discriminatedUnion('works', [
  z.object({
    works: z.literal(true),
    kind: z.enum(['cpu', 'gpu', 'software']),
    device: z.string(),
    version: z.string().nullable(),
    gigaflops: z.number(),
  }),
  z.object({
    works: z.literal(false),
    why: z.string(),
    fix: z.string().optional(),
    late: z.boolean().optional(),
  }),
]);
const keptProbes = z.object({
  format: z.literal(1),
  probes: z.partialRecord(z.enum(probedNames), z.object({ identity: z.string(), result })),
});
export type KeptProbes = Partial<
  Record<ProbedName, { readonly identity: string; readonly result: ProbeResult }>
>;

/** Nothing where there is no file, or one that is not ours. */
export async function readProbes(storage: string): Promise<KeptProbes> {
  const file = path.join(storage, probesFile);
  try {
    if ((await stat(file)).size > largestFile) return {};
    return keptProbes.parse(JSON.parse(await readFile(file, 'utf8'))).probes as KeptProbes;
  } catch {
    return {};
  }
}

/** A file that cannot be written costs another probe the next time, and nothing else. */
export async function writeProbes(storage: string, probes: KeptProbes): Promise<void> {
  const file = path.join(storage, probesFile);
  const temporary = `${file}.${process.pid}`;
  try {
    await mkdir(storage, { recursive: true });
    await writeFile(temporary, JSON.stringify({ format: 1, probes }));
    await rename(temporary, file);
  } catch {}
}
