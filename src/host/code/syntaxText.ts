/** Small questions to nodes of a syntax tree and the text behind them. */
import type { SyntaxNode } from '@lezer/common';
import { longestName } from './outline';

/** A syntax tree's text, and what is asked of it everywhere. */
export class SyntaxText {
  constructor(readonly text: string) {}

  of(node: SyntaxNode): string {
    return this.text.slice(node.from, Math.min(node.to, node.from + longestName));
  }

  /** What a string in quotes says, with "*" for parts that are only known when the code runs; undefined for others. */
  string(node: SyntaxNode): string | undefined {
    const holes = children(node).filter(
      ({ name }) => name === 'FormatReplacement' || name === 'Interpolation',
    );
    switch (node.name) {
      case 'String':
      case 'FormatString':
      case 'TemplateString': {
        let whole = '';
        let from = node.from;
        for (const hole of holes) {
          whole += `${this.text.slice(from, hole.from)}*`;
          from = hole.to;
        }
        whole += this.text.slice(from, Math.min(node.to, from + 4096));
        return /^[a-zA-Z]{0,2}("""|'''|["'`])([\s\S]*?)\1$/.exec(whole)?.[2];
      }
      case 'ContinuedString':
        return children(node)
          .map((part) => this.string(part) ?? '*')
          .join('');
      case 'BinaryExpression':
        return this.formatted(node);
      default:
        return undefined;
    }
  }

  /** `'layer%d' % i` and `'layer' + str(i)`. */
  private formatted(node: SyntaxNode): string | undefined {
    const [left, operator, right] = children(node);
    if (!left || !operator || !right) return undefined;
    const sign = this.of(operator);
    const start = this.string(left);
    if (sign === '%') return start?.replace(/%[\d.]*[a-z]/gi, '*');
    if (sign !== '+') return undefined;
    const end = this.string(right);
    return start === undefined && end === undefined ? undefined : `${start ?? '*'}${end ?? '*'}`;
  }
}

export function children(node: SyntaxNode): SyntaxNode[] {
  const all: SyntaxNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) all.push(child);
  return all;
}

/** Arguments of a call: their name where they have one, and whether they are spread. */
export interface Argument {
  readonly name: SyntaxNode | undefined;
  readonly spread: boolean;
  readonly value: SyntaxNode;
}

/** `list`: the node ArgList of a Python call or class. */
export function pythonArguments(list: SyntaxNode | null): Argument[] {
  const all: Argument[] = [];
  let name: SyntaxNode | undefined;
  let spread = false;
  let last: SyntaxNode | undefined;
  for (const node of list ? children(list) : []) {
    switch (node.name) {
      case '(':
      case ')':
      case ',':
        if (last) all.push({ name, spread, value: last });
        name = undefined;
        last = undefined;
        spread = false;
        break;
      case '*':
      case '**':
        spread = true;
        break;
      case 'AssignOp':
        name = last;
        last = undefined;
        break;
      default:
        last ??= node;
    }
  }
  return all;
}
