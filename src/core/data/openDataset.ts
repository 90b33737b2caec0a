/** Opens the data that a person named: an .npz in MedMNIST layout, or a folder of class folders. */
import { stat } from 'node:fs/promises';
import type { ReportProgress } from '../../protocol/progress';
import type { Task } from '../../protocol/tasks';
import { UserError } from '../errors';
import { reasonOf } from '../formats/fileErrors';
import type { Dataset } from './dataset';
import { openFolderDataset } from './folderDataset';
import { createImagePool, type ImagePool } from './imagePool';
import { openNpzDataset } from './npzDataset';
import type { Preprocessing } from './preprocessing';

export interface OpenDatasetOptions {
  /** Draws the splits that the data does not make itself. */
  readonly seed: number;
  /** What the labels are. Default: what they look like, see `resolveTask`. */
  readonly task?: Task | undefined;
  /** Column of a table whose equal values (a patient) must not be on both sides of a split that is drawn. */
  readonly groupBy?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ReportProgress | undefined;
  /** Threads to decode with, which stay the caller's. Default: own ones, where there is something to decode. */
  readonly imagePool?: ImagePool | undefined;
  /** Bytes of preprocessed images that are kept in memory. Default: 256 MiB. */
  readonly memoryBytes?: number | undefined;
}

/**
 * Everything about the data that can be wrong is found here: throws UserError, one sentence, for a missing or unreadable
 * path, a wrong layout, labels out of range, a class without training images, and too many broken images.
 */
export async function openDataset(
  path: string,
  preprocessing: Preprocessing,
  options: OpenDatasetOptions,
): Promise<Dataset> {
  const stats = await stat(path).catch((error: unknown) => {
    throw new UserError(
      `The data ${path} cannot be read: ${reasonOf(error)}; give an .npz file or a folder of class folders.`,
    );
  });
  if (!stats.isDirectory()) {
    if (path.toLowerCase().endsWith('.npz')) return openNpzDataset(path, preprocessing, options);
    throw new UserError(`The data ${path} is neither an .npz file nor a folder of class folders: give one.`);
  }
  const imagePool = options.imagePool ?? createImagePool();
  const disposePool = () => (options.imagePool ? Promise.resolve() : imagePool.dispose());
  try {
    const dataset = await openFolderDataset(path, preprocessing, { ...options, imagePool });
    return {
      ...dataset,
      async dispose() {
        await dataset.dispose();
        await disposePool();
      },
    };
  } catch (error) {
    await disposePool();
    throw error;
  }
}
