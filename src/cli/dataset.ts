/** `repsim dataset list|pull|inspect`: MedMNIST by name, and what a folder, table or file holds. */
import path from 'node:path';
import * as z from 'zod';
import { inspectDataset } from '../core/data/inspect/inspectDataset';
import { medmnist } from '../core/data/medmnist/catalogue';
import { findMedmnist, pullMedmnist } from '../core/data/medmnist/pull';
import { RequestError } from '../core/errors';
import { checkRequest } from '../core/job';
import { loadCheckpoint } from '../core/models/checkpoint';
import { printableName } from '../core/printable';
import { type DataSettings, dataSettings } from '../protocol/dataSettings';
import type { Inspection } from '../protocol/inspection';
import { jobSettings } from '../protocol/jobSettings';
import type { Job } from './job';
import { alignColumns } from './textTable';

export async function listCommand(job: Job): Promise<object> {
  const sets = medmnist.map(({ md5, ...set }) => ({ ...set, sizes: Object.keys(md5).map(Number) }));
  const lines = sets.map(({ flag, task, classes, images, volumes, sizes, license }) => [
    `  ${flag}`,
    task,
    `${classes.length}`,
    `${images.train} / ${images.val} / ${images.test}`,
    volumes ? 'volumes' : 'images',
    sizes.join(', '),
    license,
  ]);
  job.say(
    alignColumns([['  name', 'task', 'classes', 'train / val / test', '', 'sizes', 'licence'], ...lines]),
  );
  job.say(
    '\nMedMNIST v3.0.2, doi 10.5281/zenodo.10519652. Not for clinical use. Get one with: repsim dataset pull NAME',
  );
  return { source: 'https://medmnist.com', doi: '10.5281/zenodo.10519652', sets };
}

export interface PullCommandOptions {
  readonly size?: number;
  readonly out?: string;
  readonly url?: string;
}

export async function pullCommand(
  name: string,
  { size, out, url }: PullCommandOptions,
  job: Job,
): Promise<object> {
  const { set, file } = findMedmnist(name, size);
  const mirror = url ?? process.env.REPSIM_MEDMNIST_URL;
  if (mirror !== undefined && !URL.canParse(mirror))
    throw new RequestError(`"${mirror}" is no address: give an http or https URL.`);
  const pulled = await pullMedmnist(file, {
    ...(out !== undefined && { folder: path.resolve(out) }),
    ...(mirror !== undefined && { url: mirror }),
    signal: job.signal,
    onProgress: job.report,
  });
  job.say(`${pulled.path}${pulled.already ? ' was there already, whole' : ''}`);
  job.say(`${set.name}: ${set.license}. Please cite MedMNIST v2 (Yang et al., Scientific Data, 2023).`);
  return {
    name: set.flag,
    size: file.size,
    path: pulled.path,
    md5: file.md5,
    already: pulled.already,
    license: set.license,
  };
}

export interface InspectCommandOptions extends DataSettings {
  readonly checkpoint?: string;
  readonly seed?: number;
}

export async function inspectCommand(
  given: string,
  options: InspectCommandOptions,
  job: Job,
): Promise<Inspection> {
  const reading = checkRequest(z.object({ ...dataSettings, seed: jobSettings.seed }), options);
  const checkpoint =
    options.checkpoint === undefined
      ? undefined
      : await loadCheckpoint(path.resolve(options.checkpoint), job.signal);
  const { inspection } = await inspectDataset(path.resolve(given), {
    ...reading,
    ...(checkpoint && { checkpoint: { place: checkpoint.folder, preprocessing: checkpoint.preprocessing } }),
    signal: job.signal,
    onProgress: job.report,
  });
  job.say(described(inspection));
  return inspection;
}

/** For people: what there is, then what is wrong with it, then what a network would see. */
function described(found: Inspection): string {
  const { classes, splits, skipped, duplicates, sizes, preprocessing, medmnist: set } = found;
  const names = (set?.classes ?? classes).map(printableName);
  const total = splits.reduce((sum, { images }) => sum + images, 0);
  const size = ({ width, height }: { width: number; height: number }) => `${width} x ${height}`;
  const lines = [
    `${found.path}: ${found.task}, ${classes.length} ${found.task === 'multi-label' ? 'labels' : classes.length === 1 ? 'class' : 'classes'}, ${total} ${total === 1 ? 'image' : 'images'}`,
    '',
    alignColumns([
      ['  ', ...splits.map(({ name, drawn }) => (drawn ? `${name} (drawn)` : name))],
      ...names.map((name, i) => [`  ${name}`, ...splits.map(({ classCounts }) => `${classCounts[i]}`)]),
      ['  all', ...splits.map(({ images }) => `${images}`)],
    ]),
    '',
    `Files: ${found.formats.map(({ format, images }) => `${images} ${format}`).join(', ')}; ${found.depths.map(({ channels, bits, images }) => `${images} with ${channels} x ${bits} bits`).join(', ')}`,
    sizes.different === 1
      ? `Size: ${size(sizes.smallest)}`
      : `Sizes: ${size(sizes.smallest)} to ${size(sizes.largest)}, ${sizes.different} different; most often ${sizes.common
          .slice(0, 3)
          .map((common) => `${size(common)} (${common.images})`)
          .join(', ')}`,
  ];
  if (found.dark > 0)
    lines.push(
      `Gray of over 8 bits that looks black: ${found.dark}; give --window for the values that matter`,
    );
  if (found.groups)
    lines.push(
      `Groups that stay together: ${found.groups.count}${found.groups.by ? ` by ${found.groups.by}` : ''}`,
    );
  if (found.ignored > 0) lines.push(`Files that are no images by their name: ${found.ignored}`);
  if (skipped.count > 0) {
    lines.push(`Cannot be read: ${skipped.count}`);
    for (const { path: file, reason } of skipped.first.slice(0, 10))
      lines.push(`  ${printableName(file)}: ${reason}`);
  }
  const { within, across, contradictory } = duplicates;
  lines.push(
    within + across === 0
      ? 'No two images have the same pixels'
      : `Same pixels: ${within} again in their own split, ${across} in an earlier split too, ${contradictory} with other labels`,
  );
  for (const same of duplicates.first.slice(0, 5)) {
    const shown = same.slice(0, 4).map(({ split, path: file, classes: of }) => {
      return `${split} ${printableName(file)} (${of.map((label) => names[label]).join(', ')})`;
    });
    lines.push(`  ${shown.join(' = ')}${same.length > 4 ? ` and ${same.length - 4} more` : ''}`);
  }
  if (preprocessing) {
    lines.push('', `${preprocessing.checkpoint} sees ${size(preprocessing.input)}:`);
    for (const step of preprocessing.steps) lines.push(`  ${step}`);
  }
  if (set) lines.push('', `${set.name}, ${set.license}`);
  return lines.join('\n');
}
