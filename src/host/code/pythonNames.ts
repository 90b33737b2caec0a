/** What the names of a Python file stand for: `nn.Linear` is `torch.nn.Linear` after `from torch import nn`. */
import type { SyntaxNode } from '@lezer/common';
import { children, type SyntaxText } from './syntaxText';

/** What these names mean where a file imports nothing of that name, as in a fragment or after `import *`. */
const customary: ReadonlyMap<string, string> = new Map([
  ['nn', 'torch.nn'],
  ['tf', 'tensorflow'],
]);

export class PythonNames {
  private readonly imported = new Map<string, string>();

  constructor(private readonly source: SyntaxText) {}

  /** `node`: an ImportStatement. */
  add(node: SyntaxNode): void {
    const parts = children(node).map((part) => ({ name: part.name, text: this.source.of(part) }));
    const from = parts[0]?.name === 'from';
    const at = parts.findIndex(({ name }) => name === 'import');
    const origin = from
      ? parts
          .slice(1, at)
          .map(({ text }) => text)
          .join('')
      : '';
    let path = '';
    let alias = '';
    const finish = () => {
      if (path === '' || path === '*') return;
      const whole = from ? `${origin.replace(/(?<=[^.])$/, '.')}${path}` : path;
      // `import a.b` binds `a`.
      if (from || alias !== '') this.imported.set(alias || path, whole);
      else this.imported.set(path.split('.')[0]!, path.split('.')[0]!);
    };
    let renames = false;
    for (const { name, text } of parts.slice(at + 1)) {
      if (name === ',') {
        finish();
        path = '';
        alias = '';
        renames = false;
      } else if (name === 'as') renames = true;
      else if (name === 'VariableName' || name === '.' || name === '*') {
        if (renames) alias = text;
        else path += text;
      }
    }
    finish();
  }

  /** The whole name of `a.b.c` with what `a` was imported as; undefined for what is no such name. */
  origin(node: SyntaxNode): string | undefined {
    const written = this.dotted(node);
    if (written === undefined) return undefined;
    return this.resolved(written);
  }

  /** The whole name of `a.b.c` as it is written. */
  resolved(written: string): string {
    const [head = '', ...rest] = written.split('.');
    const whole = [this.imported.get(head) ?? customary.get(head) ?? head, ...rest].join('.');
    return whole.replace(/^(?:tensorflow|tf_keras|tensorflow\.python)\.keras\./, 'keras.');
  }

  /** `a.b.c` as it is written. */
  dotted(node: SyntaxNode): string | undefined {
    const parts: string[] = [];
    let at: SyntaxNode | null = node;
    while (at?.name === 'MemberExpression') {
      const name = at.lastChild;
      if (name?.name !== 'PropertyName' || parts.length > 30) return undefined;
      parts.unshift(this.source.of(name));
      at = at.firstChild;
    }
    if (at?.name !== 'VariableName' && at?.name !== 'self') return undefined;
    return [this.source.of(at), ...parts].join('.');
  }
}

/** `c` of `a.b.c`. */
export function lastPart(origin: string): string {
  return origin.slice(origin.lastIndexOf('.') + 1);
}

/** Settings are no modules, although parameters have them for their type. */
export function isClassName(name: string): boolean {
  return /^[A-Z]\w*[a-z]/.test(name) && !/(?:Config|Configuration|Args)$/.test(name);
}

/** `a` of the dotted name `self.a`, in any script; undefined for other names. */
export function attributeOfSelf(dotted: string): string | undefined {
  return /^self\.([^.]+)$/.exec(dotted)?.[1];
}
