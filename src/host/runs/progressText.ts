/** Progress in one line: `Epoch 3 of 15 · 42 %`. */
import type { Progress } from '../../protocol/progress';
import { plainText } from '../ui/plainText';

export function progressText({ stage, done, total }: Progress): string {
  const text = plainText(stage);
  return total > 0 ? `${text} · ${Math.floor((100 * Math.min(done, total)) / total)} %` : text;
}
