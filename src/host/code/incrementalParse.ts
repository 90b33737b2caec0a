/**
 * A text's syntax tree, kept from one version of the text to the next: what did not change is not parsed again. Work
 * is done in slices, so that the thread stays free for others, and ends when it is cancelled or takes too long.
 */
import { type Parser, type Tree, TreeFragment } from '@lezer/common';

/** One slice: short enough that typing is not held up. */
const sliceMilliseconds = 8;
/** Hostile text can make a parser take memory without end; honest files take some ten milliseconds. */
const budgetMilliseconds = 2000;

/** Whether the work is wanted no more. */
export type Cancelled = () => boolean;

export class IncrementalParse {
  private text = '';
  private tree: Tree | undefined;

  constructor(private readonly parser: Parser) {}

  /** Undefined when it was cancelled, took too long, or the text is beyond the parser. */
  async parse(text: string, cancelled: Cancelled): Promise<Tree | undefined> {
    const fragments = this.fragments(text);
    const tree = await this.work(text, fragments, cancelled);
    // How a parser recovers from an error depends on what it took over: only without errors is the tree that of the text.
    return tree && fragments.length > 0 && hasErrors(tree) ? this.work(text, [], cancelled) : tree;
  }

  private async work(
    text: string,
    fragments: readonly TreeFragment[],
    cancelled: Cancelled,
  ): Promise<Tree | undefined> {
    const work = this.parser.startParse(text, fragments);
    let spent = 0;
    for (;;) {
      const begun = performance.now();
      try {
        while (performance.now() - begun < sliceMilliseconds) {
          const tree = work.advance();
          if (!tree) continue;
          this.text = text;
          this.tree = tree;
          return tree;
        }
      } catch (error) {
        // Nesting beyond all reason ends the stack of a recursive step.
        if (error instanceof RangeError) return undefined;
        throw error;
      }
      spent += performance.now() - begun;
      if (spent > budgetMilliseconds) return undefined;
      await new Promise((resolve) => setImmediate(resolve));
      if (cancelled()) return undefined;
    }
  }

  /** What of the last tree can be taken over: all but the part between the common beginning and the common end. */
  private fragments(text: string): readonly TreeFragment[] {
    if (!this.tree) return [];
    const before = this.text;
    const shorter = Math.min(before.length, text.length);
    let from = 0;
    while (from < shorter && before.charCodeAt(from) === text.charCodeAt(from)) from++;
    let same = 0;
    while (
      same < shorter - from &&
      before.charCodeAt(before.length - 1 - same) === text.charCodeAt(text.length - 1 - same)
    ) {
      same++;
    }
    const whole = TreeFragment.addTree(this.tree);
    const change = { fromA: from, toA: before.length - same, fromB: from, toB: text.length - same };
    return change.fromA === change.toA && change.fromB === change.toB
      ? whole
      : TreeFragment.applyChanges(whole, [change]);
  }
}

function hasErrors(tree: Tree): boolean {
  let found = false;
  tree.iterate({
    enter: ({ type }) => {
      found ||= type.isError;
      return !found;
    },
  });
  return found;
}
