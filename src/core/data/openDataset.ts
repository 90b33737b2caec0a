/** Opens the data that a person named: an .npz in MedMNIST layout, a CSV, a folder of class folders, a MedMNIST set by its name. */
import type { DataSettings } from '../../protocol/dataSettings';
import type { ReportProgress } from '../../protocol/progress';
import type { Task } from '../../protocol/tasks';
import { listCsv } from './csvFiles';
import { findData } from './dataPlace';
import type { Dataset } from './dataset';
import { openFileDataset } from './fileDataset';
import { listFolder } from './folderFiles';
import { createImagePool, type ImagePool } from './imagePool';
import { openNpzDataset } from './npzDataset';
import type { Preprocessing } from './preprocessing';

export interface OpenDatasetOptions extends DataSettings {
  /** Draws the splits that the data does not make itself. */
  readonly seed: number;
  /** What the labels are. Default: what they look like, see `resolveTask`. */
  readonly task?: Task | undefined;
  /** Whether a classifier is trained or judged: then there are two classes or more, and each is trained on. Default: yes. */
  readonly classifies?: boolean | undefined;
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
  const place = await findData(path);
  if (place.kind === 'npz') return openNpzDataset(place.path, preprocessing, options);
  const imagePool = options.imagePool ?? createImagePool();
  const disposePool = () => (options.imagePool ? Promise.resolve() : imagePool.dispose());
  try {
    const list = () => (place.kind === 'csv' ? listCsv : listFolder)(place.path, options);
    const dataset = await openFileDataset(place.path, list, preprocessing, { ...options, imagePool });
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
