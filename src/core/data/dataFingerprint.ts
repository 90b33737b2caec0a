/** What says whether two openings of data gave the same images. */
import { createHash } from 'node:crypto';
import { type DataSettings, dataSettingsOf } from '../../protocol/dataSettings';

/** `content`: a hash of the files. Read in any other than the plain way, it is another one. */
export function dataFingerprint(content: string, settings: DataSettings): string {
  const { task: _task, ...reading } = dataSettingsOf(settings);
  if (Object.keys(reading).length === 0) return content;
  return createHash('sha256')
    .update(`${content} ${JSON.stringify(reading)}`)
    .digest('hex');
}
