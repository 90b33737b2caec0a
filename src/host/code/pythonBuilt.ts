/** What a Python expression builds: instances of classes, or containers of them. Nothing is run: it is read off the text. */
import type { SyntaxNode } from '@lezer/common';
import { holding } from './container';
import type { Built, Member } from './outline';
import { lastPart, type PythonNames } from './pythonNames';
import { children, pythonArguments, type SyntaxText } from './syntaxText';

/** What the names of a function stand for: its parameters and what was assigned to its variables. */
export type Scope = Map<string, Built>;

const containers = /^(?:torch\.nn\.(?:Sequential|ModuleList|ModuleDict)|keras\.(?:models\.)?Sequential)$/;
const collections = /^(?:OrderedDict|collections\.OrderedDict|dict|list|tuple)$/;
/** Calls that give an instance of the class that they are called on. */
const classMethods = new Set(['from_pretrained', 'from_config', '_from_config', 'create', 'build']);
/** Calls that give no module. */
const plainCalls = new Set(
  'int len float str bool range getattr sum max min torch.nn.Parameter torch.zeros torch.ones'.split(' '),
);
/** Deeper expressions are not written by people. */
const deepest = 40;

export const nothing: Built = { classes: [] };

export class PythonBuilt {
  /** `method`: what a method of the class returns. */
  constructor(
    private readonly source: SyntaxText,
    private readonly names: PythonNames,
    private readonly method: (name: string) => Built,
  ) {}

  /** `nothing` for what builds no module. */
  of(node: SyntaxNode, scope: Scope, depth = 0): Built {
    if (depth > deepest) return nothing;
    const inner = (child: SyntaxNode) => this.of(child, scope, depth + 1);
    switch (node.name) {
      case 'CallExpression':
        return this.call(node, scope, depth);
      case 'VariableName':
        return scope.get(this.source.of(node)) ?? this.reference(node);
      case 'MemberExpression':
        return this.reference(node);
      case 'ArrayExpression':
      case 'TupleExpression':
        return listOf(this.elements(pythonItems(node), scope, depth));
      case 'ArrayComprehensionExpression':
      case 'ComprehensionExpression': {
        const each = node.firstChild?.nextSibling;
        const value = each ? inner(each) : nothing;
        return listOf([{ name: '', at: undefined, repeated: true, value }]);
      }
      case 'DictionaryExpression':
        return listOf(this.entries(node, scope, depth));
      case 'ConditionalExpression':
        return joined(
          children(node)
            .filter((_, i) => i % 2 === 0 && i !== 2)
            .map(inner),
        );
      case 'ParenthesizedExpression':
      case 'AwaitExpression': {
        const child = node.firstChild?.nextSibling;
        return child ? inner(child) : nothing;
      }
      case 'BinaryExpression': {
        const [left, operator, right] = children(node);
        if (!left || !right || !operator || this.source.of(operator) === '%') return nothing;
        const sides = [inner(left), inner(right)];
        if (!sides.some(({ elements }) => elements)) return nothing;
        // `[Stem()] + [Block() for ...]`, and `[Block()] * 12`, which stands for any number of them.
        if (this.source.of(operator) === '*') return repeated(sides.find(({ elements }) => elements));
        return holding(sides.flatMap(({ elements }) => elements ?? []));
      }
      default:
        return nothing;
    }
  }

  /** What `items`, each of them perhaps spread, put into a container. */
  elements(items: readonly { spread: boolean; value: SyntaxNode }[], scope: Scope, depth = 0): Member[] {
    return items.flatMap(({ spread, value: node }): Member[] => {
      const pair = node.name === 'TupleExpression' ? pythonItems(node) : [];
      const name = pair.length === 2 ? this.source.string(pair[0]!.value) : undefined;
      const value = this.of(name === undefined ? node : pair[1]!.value, scope, depth + 1);
      if (spread) return [...(value.elements ?? [{ name: '', at: node.from, repeated: true, value }])];
      return [{ name: name ?? '', at: node.from, repeated: false, value }];
    });
  }

  /** A class by its name: what is built later by calling it. */
  private reference(node: SyntaxNode): Built {
    const name = lastPart(this.names.origin(node) ?? '');
    return isClassName(name) ? { classes: [name] } : nothing;
  }

  private call(node: SyntaxNode, scope: Scope, depth: number): Built {
    const callee = node.firstChild;
    if (!callee) return nothing;
    // `layers.Dense(3)(x)` is a layer that was called at once.
    if (callee.name === 'CallExpression') return this.of(callee, scope, depth + 1);
    const written = this.names.dotted(callee);
    const origin = this.names.origin(callee);
    if (written === undefined || origin === undefined) return nothing;
    const list = node.getChild('ArgList');
    const given = pythonArguments(list);
    if (containers.test(origin) || collections.test(origin)) {
      const [first] = given;
      if (first && list?.getChild('for')) {
        const value = this.of(first.value, scope, depth + 1);
        return holding([{ name: '', at: undefined, repeated: true, value }]);
      }
      const only =
        first && given.length === 1 && !first.name ? this.of(first.value, scope, depth + 1) : undefined;
      // ModuleList([...]) and Sequential(OrderedDict(...)) hold what the collection holds; Sequential(a) holds a.
      if (
        only?.elements &&
        (first!.spread || !/Sequential$/.test(origin) || this.isCollection(first!.value))
      ) {
        return holding(only.elements);
      }
      return holding(this.elements(given, scope, depth));
    }
    const own = /^self\.(\w+)$/.exec(written)?.[1];
    if (own !== undefined) {
      const returned = this.method(own);
      // Several attributes share the lines of the method: each is made where it is called.
      return returned.elements ? holding(returned.elements.map(withoutPlace)) : returned;
    }
    const known = scope.get(written);
    if (known && known.classes.length > 0) return { classes: known.classes };
    if (plainCalls.has(origin)) return nothing;
    const method = lastPart(origin);
    return { classes: [lastPart(classMethods.has(method) ? origin.slice(0, -method.length - 1) : origin)] };
  }

  /** Whether the expression is a list or a dictionary, not a module. */
  private isCollection(node: SyntaxNode): boolean {
    if (node.name === 'CallExpression') {
      const callee = node.firstChild;
      return (
        callee !== null &&
        collections.test((this.names.origin(callee) ?? '').replace(/^.*\.(?=OrderedDict$)/, ''))
      );
    }
    return /^(?:Array|Tuple|Dictionary|ArrayComprehension|Comprehension)Expression$/.test(node.name);
  }

  private entries(node: SyntaxNode, scope: Scope, depth: number): Member[] {
    const entries: Member[] = [];
    const parts = children(node);
    for (const [i, part] of parts.entries()) {
      if (part.name !== ':') continue;
      const key = parts[i - 1];
      const value = parts[i + 1];
      const name = key && this.source.string(key);
      if (!key || !value) continue;
      const repeats = parts[i + 2]?.name === 'for';
      entries.push({
        name: (name ?? '*').replaceAll('.', '*'),
        at: repeats ? undefined : key.from,
        repeated: repeats,
        value: this.of(value, scope, depth + 1),
      });
    }
    return entries;
  }
}

/** Settings are no modules, although parameters have them for their type. */
export function isClassName(name: string): boolean {
  return /^[A-Z]\w*[a-z]/.test(name) && !/(?:Config|Configuration|Args)$/.test(name);
}

/** Items of a list, a tuple or a set. */
function pythonItems(node: SyntaxNode): { spread: boolean; value: SyntaxNode }[] {
  const items: { spread: boolean; value: SyntaxNode }[] = [];
  let spread = false;
  for (const child of children(node).slice(1)) {
    if (child.name === '*') spread = true;
    else if (!/^[[\](),{}]$/.test(child.name)) {
      items.push({ spread, value: child });
      spread = false;
    }
  }
  return items;
}

/** A list of modules; one of numbers and the like is none. */
function listOf(elements: readonly Member[]): Built {
  const known = elements.length === 0 || elements.some(({ value }) => value !== nothing);
  return known ? holding(elements) : nothing;
}

/** One of several, as after `if`. */
export function joined(values: readonly Built[]): Built {
  const classes = [...new Set(values.flatMap((value) => value.classes))];
  const held = values.filter(({ elements }) => elements).map(({ elements }) => elements!);
  const elements = held.find(({ length }) => length > 0) ?? held[0];
  return elements ? holding(elements, classes) : { classes };
}

function repeated(value: Built | undefined): Built {
  const elements = value?.elements?.map((element) => ({ ...element, repeated: true }));
  return elements ? holding(elements) : nothing;
}

function withoutPlace(element: Member): Member {
  const { elements, classes } = element.value;
  return {
    ...element,
    at: undefined,
    value: elements ? holding(elements.map(withoutPlace), classes) : { classes },
  };
}
