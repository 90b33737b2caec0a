/** The TypeScript side of a bench that works in bursts (`sides.ts`): says that it is ready, then works as often as each line of stdin asks for. */
import { createInterface } from 'node:readline';
import type { Runtime } from '../src/core/compute/runtime';

/** `run` does the work once, and gives a number that can only be read when it is done. Ends when stdin does. */
export async function serveBursts(
  { name, device }: Pick<Runtime, 'name' | 'device'>,
  compileMs: number,
  run: () => Promise<number>,
): Promise<void> {
  const report = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
  report({ ready: `RepSim, ${name}, ${device}`, compileMs });
  for await (const line of createInterface({ input: process.stdin })) {
    const times: number[] = [];
    let loss = 0;
    const before = process.cpuUsage();
    for (let i = 0; i < Number(line); i++) {
      const begin = performance.now();
      loss = await run();
      times.push(performance.now() - begin);
    }
    const { user, system } = process.cpuUsage(before);
    const peakMegabytes = process.resourceUsage().maxRSS / 1024;
    report({ times, loss, cpuMs: (user + system) / 1000, peakMegabytes });
  }
}
