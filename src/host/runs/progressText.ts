/** Progress in one line: `42 % · Epoch 3 of 15`. */
import type { Progress } from '../../protocol/progress';
import { stageText } from '../ui/coreWords';
import { plainText } from '../ui/plainText';

export function progressText({ stage, done, total }: Progress): string {
  const text = plainText(stageText(stage));
  return total > 0 ? `${Math.floor((100 * Math.min(done, total)) / total)} % · ${text}` : text;
}
