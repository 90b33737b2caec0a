/**
 * The training step of a vision transformer: this program beside PyTorch, in alternating bursts of one run.
 *
 *   npx tsx bench/step.ts [--preset reference|vit-ti|vit-s|vit-b] [--width 192 --depth 4 ... ] [--threads 2] [--runtime onnx-cpu]
 *
 * PyTorch is looked for in $PYTHON, `python3` and `/usr/bin/python3`; without it the times are absolute.
 */
import { alternate, findTorch, median, type Side, startOurs, startTorch } from './sides';
import { readOptions } from './vitConfig';

/** All threads together, spinning included: with --threads 1 it says on a busy machine what time says on an idle one. */
const cpuPerStep = ({ cpuMs, times }: Side) => cpuMs / times.length;

async function main(): Promise<void> {
  const bench = readOptions(process.argv.slice(2));
  const sides = [await startOurs(bench)];
  const python = findTorch();
  if (python) sides.push(await startTorch(python, bench));
  else console.log('No Python with torch was found: times are absolute.');
  await alternate(sides, bench.bursts, bench.steps);

  const tokens = 1 + (bench.image / bench.patch) ** 2;
  console.log(
    `Training step, ViT width ${bench.width}, ${bench.depth} blocks, ${bench.heads} heads, ${tokens} tokens, batch ${bench.batch}, AdamW${bench.clip > 0 ? `, clipping at ${bench.clip}` : ''}; ${bench.bursts} x ${bench.steps} steps each`,
  );
  for (const side of sides)
    console.log(
      `  ${side.name.padEnd(32)} median ${median(side.times).toFixed(1)} ms, min ${Math.min(...side.times).toFixed(1)} ms, CPU time ${cpuPerStep(side).toFixed(1)} ms, peak memory ${Math.round(side.peakMegabytes)} MB${side.compileMs > 0 ? `, compiled in ${Math.round(side.compileMs)} ms` : ''}`,
    );
  const [ours, torch] = sides;
  if (ours && torch) {
    console.log(
      `  ratio to PyTorch: ${(median(ours.times) / median(torch.times)).toFixed(2)} by median, ${(Math.min(...ours.times) / Math.min(...torch.times)).toFixed(2)} by minimum, ${(cpuPerStep(ours) / cpuPerStep(torch)).toFixed(2)} by CPU time, peak memory ${(ours.peakMegabytes / torch.peakMegabytes).toFixed(2)}`,
    );
    if (/PyTorch [01]\./.test(torch.name))
      console.log('  This PyTorch is older than 2.0: a current one is faster, so the ratio flatters us.');
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
