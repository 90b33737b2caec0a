/** What a Python expression builds: instances of classes, or containers of them. Nothing is run: it is read off the text. */
import type { SyntaxNode } from '@lezer/common';
import { itemAt, itemsOf, joined, listOf, nothing, repeated, unplaced, withClasses } from './builtValues';
import { holding } from './container';
import type { Built, Member } from './outline';
import { attributeOfSelf, isClassName, lastPart, type PythonNames } from './pythonNames';
import { type Argument, children, pythonArguments, type SyntaxText } from './syntaxText';

/** What the names of a function stand for: its parameters and what was assigned to its variables. */
export interface Scope {
  readonly built: Map<string, Built>;
  /** Strings, with "*" for what is only known when the code runs. */
  readonly texts: Map<string, string>;
}

/** Functions of a class or a file. */
export interface Functions {
  /** What the function of that name returns; undefined for an unknown one. */
  returns(name: string): Built | undefined;
  /** Names of its parameters, in order. */
  parameters(name: string): readonly string[];
}

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

export class PythonBuilt {
  constructor(
    private readonly source: SyntaxText,
    private readonly names: PythonNames,
    /** Of the class, where there is one. */
    private readonly methods: Functions | undefined,
    /** Of the file. */
    private readonly functions: Functions,
  ) {}

  /** One expression, or several with commas between them, which are a tuple. */
  list(nodes: readonly SyntaxNode[], scope: Scope): Built {
    const [first] = nodes;
    if (!first) return nothing;
    const several = nodes.filter(({ name }) => name !== ',');
    return nodes.length > 1
      ? listOf(
          this.elements(
            several.map((value) => ({ spread: false, value })),
            scope,
          ),
        )
      : this.of(first, scope);
  }

  /** What a string says, or a variable that stands for one. */
  text(node: SyntaxNode, scope: Scope): string | undefined {
    const text = this.source.string(node);
    return text === undefined && node.name === 'VariableName' ? scope.texts.get(this.source.of(node)) : text;
  }

  /** `nothing` for what builds no module. */
  of(node: SyntaxNode, scope: Scope, depth = 0): Built {
    if (depth > deepest) return nothing;
    const inner = (child: SyntaxNode) => this.of(child, scope, depth + 1);
    switch (node.name) {
      case 'CallExpression':
        return this.call(node, scope, depth);
      case 'VariableName':
        return scope.built.get(this.source.of(node)) ?? this.reference(node);
      case 'MemberExpression':
        return this.item(node, inner) ?? this.reference(node);
      case 'ArrayExpression':
      case 'TupleExpression':
        return listOf(this.elements(pythonItems(node), scope, depth));
      case 'ArrayComprehensionExpression':
      case 'ComprehensionExpression': {
        const each = node.firstChild?.nextSibling;
        return each ? listOf(this.repeating(each, scope, depth)) : nothing;
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
        // `norm_layer or nn.LayerNorm`
        if (operator.name === 'or') return joined(sides);
        if (!sides.some(({ elements }) => elements)) return nothing;
        // `[Stem()] + [Block() for ...]`, and `[Block()] * 12`, which stands for any number of them.
        if (this.source.of(operator) === '*') return repeated(sides.find(({ elements }) => elements));
        return holding(sides.flatMap(({ elements }) => elements ?? []));
      }
      default:
        return nothing;
    }
  }

  /** What a comprehension of this item puts into a container. */
  private repeating(value: SyntaxNode, scope: Scope, depth: number): Member[] {
    const each = this.elements([{ spread: false, value }], scope, depth);
    return each.map((element) => ({ ...element, at: undefined, repeated: true }));
  }

  /** What `items`, each of them perhaps spread, put into a container. */
  elements(items: readonly { spread: boolean; value: SyntaxNode }[], scope: Scope, depth = 0): Member[] {
    return items.flatMap(({ spread, value: node }): Member[] => {
      const pair = node.name === 'TupleExpression' ? pythonItems(node) : [];
      const name = pair.length === 2 ? this.text(pair[0]!.value, scope)?.replaceAll('.', '*') : undefined;
      const value = this.of(name === undefined ? node : pair[1]!.value, scope, depth + 1);
      if (spread) return [...(value.elements ?? [{ name: '', at: node.from, repeated: true, value }])];
      return [{ name: name ?? '', at: node.from, repeated: false, value }];
    });
  }

  /** A class by its name: what is built later by calling it. */
  private reference(node: SyntaxNode): Built {
    const name = this.names.origin(node) ?? '';
    return isClassName(lastPart(name)) ? { classes: [name] } : nothing;
  }

  /** `blocks[1]`, and `ACTIVATIONS[name]`, which is something that nobody knows; undefined for `a.b`. */
  private item(node: SyntaxNode, inner: (node: SyntaxNode) => Built): Built | undefined {
    const [holder, bracket, key, ...others] = children(node);
    if (!holder || !key || bracket?.name !== '[' || others.length > 1) return undefined;
    const name = this.source.of(holder);
    if (/^[A-Z][A-Z0-9_]+$/.test(name)) return { classes: [name] };
    const held = inner(holder);
    if (key.name === 'Number') return itemAt(held, Number(this.source.of(key)));
    const text = this.source.string(key);
    return held.elements?.find((element) => element.name === text)?.value ?? itemsOf(held);
  }

  private call(node: SyntaxNode, scope: Scope, depth: number): Built {
    const callee = node.firstChild;
    if (!callee) return nothing;
    const written = this.names.dotted(callee);
    const origin = this.names.origin(callee);
    // `layers.Dense(3)(x)` is a layer that was called at once, and `LAYERS[name](3)` one of several.
    if (written === undefined || origin === undefined) return this.of(callee, scope, depth + 1);
    const list = node.getChild('ArgList');
    const given = pythonArguments(list);
    if (containers.test(origin) || collections.test(origin)) {
      const [first] = given;
      if (first && list?.getChild('for')) {
        return holding(this.repeating(first.value, scope, depth));
      }
      // `dict(stem=Stem())` names what it holds.
      const elements = given.flatMap((argument) => {
        const name = argument.name && collections.test(origin) ? this.source.of(argument.name) : undefined;
        const items = this.elements([argument], scope, depth);
        return name === undefined ? items : items.map((item) => ({ ...item, name }));
      });
      // ModuleList([...]) and Sequential(OrderedDict(...)) hold what the collection holds; Sequential(a) holds a.
      const held =
        given.length === 1 && !first!.name && !first!.spread ? elements[0]?.value.elements : undefined;
      if (held && (!/Sequential$/.test(origin) || this.isCollection(first!.value, held)))
        return holding(held);
      return containers.test(origin) ? holding(elements) : listOf(elements);
    }
    const own = attributeOfSelf(written);
    if (own !== undefined)
      return this.returned(this.methods, own, given, scope, depth) ?? { classes: [written] };
    const known = scope.built.get(written);
    if (known && known.classes.length > 0) return { classes: known.classes };
    const over = this.gathered(lastPart(written), callee, given, scope, depth);
    if (over) return over;
    if (plainCalls.has(origin)) return nothing;
    const returned = this.returned(this.functions, written, given, scope, depth);
    if (returned && returned !== nothing) return returned;
    const method = lastPart(origin);
    return { classes: [classMethods.has(method) ? origin.slice(0, -method.length - 1) : origin] };
  }

  /** What a function returns; classes that it is given stand for its parameters. */
  private returned(
    functions: Functions | undefined,
    name: string,
    given: readonly Argument[],
    scope: Scope,
    depth: number,
  ): Built | undefined {
    const value = functions?.returns(name);
    if (!functions || !value || value === nothing) return value;
    const parameters = functions.parameters(name);
    const classes = new Map<string, readonly string[]>();
    for (const [i, argument] of given.entries()) {
      const parameter = argument.name ? this.source.of(argument.name) : parameters[i];
      if (parameter === undefined || argument.spread) continue;
      const { classes: known } = this.of(argument.value, scope, depth + 1);
      if (known.length > 0) classes.set(parameter, known);
    }
    return classes.size > 0 ? withClasses(value, classes) : value;
  }

  /** What loops go over: `enumerate(a)`, `zip(a, b)`, `a.items()`, `reversed(a)`; and `partial(A)`, which is A. */
  private gathered(
    name: string,
    callee: SyntaxNode,
    given: readonly Argument[],
    scope: Scope,
    depth: number,
  ): Built | undefined {
    const [first] = given;
    const inner = (node: SyntaxNode | null | undefined) => (node ? this.of(node, scope, depth + 1) : nothing);
    const each = (items: readonly Built[]): Built => holding([unplaced(holding(items.map(unplaced)))]);
    switch (name) {
      case 'partial':
      case 'reversed':
        return inner(first?.value);
      case 'enumerate':
        return each([nothing, itemsOf(inner(first?.value))]);
      case 'zip':
        return each(given.map(({ value }) => itemsOf(inner(value))));
      case 'items':
      case 'values':
        return callee.name === 'MemberExpression' ? inner(callee.firstChild) : undefined;
      default:
        return undefined;
    }
  }

  /** Whether the expression is a list or a dictionary, not a module. */
  private isCollection(node: SyntaxNode, elements: readonly Member[]): boolean {
    if (node.name === 'VariableName') return elements.length > 0 && elements.every(({ name }) => name !== '');
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
