/** What folders and tables call the splits. */
import type { SplitName } from './dataset';

const words: ReadonlyMap<string, SplitName> = new Map([
  ['train', 'train'],
  ['training', 'train'],
  ['val', 'val'],
  ['valid', 'val'],
  ['validation', 'val'],
  ['dev', 'val'],
  ['test', 'test'],
  ['testing', 'test'],
]);

/** In any case; undefined for any other word. */
export function splitCalled(word: string): SplitName | undefined {
  return words.get(word.trim().toLowerCase());
}
