/**
 * A training step of a network of convolutions: this program beside PyTorch (NCHW), in alternating bursts of one run.
 *
 *   npx tsx bench/convStep.ts [--net small|resnet50|convnext-tiny] [--image 64 --batch 32 --threads 2 --bursts 5 --steps 10]
 *
 * PyTorch is looked for in $PYTHON, `python3` and `/usr/bin/python3`; without it the times are absolute.
 */
import path from 'node:path';
import { readOptions } from './convConfig';
import { alternate, findTorch, median, type Side, start } from './sides';

async function main(): Promise<void> {
  const bench = readOptions(process.argv.slice(2));
  const options = JSON.stringify(bench);
  const worker = path.join(__dirname, 'convStepWorker.ts');
  const sides: Side[] = [await start(process.execPath, ['--import', 'tsx', worker, options])];
  const python = findTorch();
  if (python) sides.push(await start(python, [path.join(__dirname, 'conv_torch.py'), options]));
  else console.log('No Python with torch was found: times are absolute.');
  await alternate(sides, bench.bursts, bench.steps);

  console.log(
    `Training step, ${bench.net}, images of ${bench.image}, batch ${bench.batch}, SGD with momentum; ${bench.bursts} x ${bench.steps} steps each`,
  );
  for (const side of sides)
    console.log(
      `  ${side.name.padEnd(32)} median ${median(side.times).toFixed(1)} ms, min ${Math.min(...side.times).toFixed(1)} ms, CPU time ${(side.cpuMs / side.times.length).toFixed(1)} ms, peak memory ${Math.round(side.peakMegabytes)} MB${side.compileMs > 0 ? `, compiled in ${Math.round(side.compileMs)} ms` : ''}, loss ${side.loss.toFixed(3)}`,
    );
  const [ours, torch] = sides;
  if (ours && torch)
    console.log(
      `  ratio to PyTorch: ${(median(ours.times) / median(torch.times)).toFixed(2)} by median, ${(Math.min(...ours.times) / Math.min(...torch.times)).toFixed(2)} by minimum, peak memory ${(ours.peakMegabytes / torch.peakMegabytes).toFixed(2)}`,
    );
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
