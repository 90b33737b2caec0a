/**
 * What the bodies of a class's methods, or of a file's functions, say of modules: `self.blocks = nn.ModuleList(...)` and
 * all the other ways to hold them, and what each of the functions returns.
 */
import type { SyntaxNode } from '@lezer/common';
import { itemAt, itemsOf, joined, nothing, withoutPlace } from './builtValues';
import { holding } from './container';
import type { Built, Member } from './outline';
import { type Functions, PythonBuilt, type Scope } from './pythonBuilt';
import { attributeOfSelf, isClassName, lastPart, type PythonNames } from './pythonNames';
import { children, pythonArguments, type SyntaxText } from './syntaxText';

/** Statements that hold others. */
const blocks = /^(?:If|For|While|With|Try|Match)Statement$|^(?:Body|MatchBody|MatchClause)$/;
const mostMembers = 500;
/** Words of annotations that are no classes of modules. */
const typeWords = new Set(
  'Type Union Optional Callable List Dict Tuple Any Literal Module Tensor Sequence Iterable LayerType'.split(
    ' ',
  ),
);

/** A member while the class is read. */
interface Draft {
  readonly name: string;
  readonly at: number;
  value: Built;
}

export class PythonBodies implements Functions {
  private readonly members = new Map<string, Draft>();
  private own: readonly Member[] | undefined;
  private readonly bodies = new Map<string, SyntaxNode>();
  private readonly returned = new Map<string, Built>();
  private readonly built: PythonBuilt;

  /** `definitions`: of the functions. `functions`: what those return that are called by a name alone. */
  constructor(
    definitions: readonly SyntaxNode[],
    private readonly source: SyntaxText,
    private readonly codeNames: PythonNames,
    functions: Functions | undefined,
    /** Whether they are methods of a container, which is given its elements by the constructor of its base. */
    private readonly isContainer: boolean,
  ) {
    for (const definition of definitions) {
      const name = definition.getChild('VariableName');
      if (name) this.bodies.set(source.of(name), definition);
    }
    this.built = new PythonBuilt(source, codeNames, functions && this, functions ?? this);
  }

  get names(): readonly string[] {
    return [...this.bodies.keys()];
  }

  /** What the class holds. `leftOut`: methods that make no members. */
  read(leftOut: ReadonlySet<string>): { members: Member[]; elements: readonly Member[] | undefined } {
    for (const name of this.bodies.keys()) if (!leftOut.has(name)) this.returns(name);
    const members = [...this.members.values()].map((draft) => ({ ...draft, repeated: false }));
    return { members, elements: this.own };
  }

  /** What the function returns; undefined for none of these. It is read once. */
  returns(name: string): Built | undefined {
    const known = this.returned.get(name);
    const definition = this.bodies.get(name);
    if (known || !definition) return known;
    // A function that calls itself returns nothing that could be read off.
    this.returned.set(name, nothing);
    const body = definition.getChild('Body');
    const values: Built[] = [];
    if (body) this.statements(body, this.scopeOf(definition), values, false);
    // What calls it is a line of its own: that is where the modules are made.
    const value = withoutPlace(joined(values));
    this.returned.set(name, value);
    return value;
  }

  /** `block: Type[Union[BasicBlock, Bottleneck]]` and `block=Block` tell the class of what is called by that name. */
  private scopeOf(definition: SyntaxNode): Scope {
    const scope: Scope = { built: new Map(), texts: new Map() };
    let name: string | undefined;
    const add = (value: Built) => {
      const known = scope.built.get(name!);
      scope.built.set(name!, known ? joined([known, value]) : value);
    };
    for (const child of children(definition.getChild('ParamList') ?? definition)) {
      const previous: SyntaxNode | null = child.prevSibling;
      if (child.name === ',') name = undefined;
      else if (previous?.name === 'AssignOp' && name !== undefined) {
        const value = this.built.of(child, scope);
        if (value.classes.some((one) => isClassName(lastPart(one)))) add(value);
      } else if (child.name === 'VariableName') name = this.source.of(child);
      else if (child.name === 'TypeDef' && name !== undefined) {
        const words = this.source.of(child).match(/[A-Za-z_][\w.]*/g) ?? [];
        const named = words.filter((word) => isClassName(lastPart(word)) && !typeWords.has(lastPart(word)));
        if (named.length > 0) add({ classes: named.map((word) => this.codeNames.resolved(word)) });
        // A module, nobody knows which.
        else if (words.some((word) => lastPart(word) === 'Module')) add({ classes: [name] });
      }
    }
    return scope;
  }

  /** Without `self`, which is no variable to the grammar. */
  parameters(name: string): readonly string[] {
    const list = this.bodies.get(name)?.getChild('ParamList');
    return (list ? children(list) : [])
      .filter((child) => child.name === 'VariableName' && child.prevSibling?.name !== 'AssignOp')
      .map((child) => this.source.of(child));
  }

  /** `perhaps`: whether the statements may not be run. */
  private statements(body: SyntaxNode, scope: Scope, returned: Built[], perhaps: boolean): void {
    for (const node of children(body)) {
      if (node.name === 'ForStatement') this.loop(node, scope);
      if (blocks.test(node.name)) {
        this.statements(node, scope, returned, perhaps || /^(?:If|Match|Try)/.test(node.name));
      } else if (node.name === 'AssignStatement') this.assign(node, scope, perhaps);
      else if (node.name === 'UpdateStatement') this.update(node, scope);
      else if (node.name === 'ExpressionStatement') this.expression(node, scope);
      else if (node.name === 'ReturnStatement')
        returned.push(this.built.list(children(node).slice(1), scope));
    }
  }

  /** `for name, stage in stages:` */
  private loop(node: SyntaxNode, scope: Scope): void {
    const parts = children(node);
    const at = parts.findIndex(({ name }) => name === 'in');
    const [over] = parts.slice(at + 1);
    if (over) this.give(parts.slice(1, at), itemsOf(this.built.of(over, scope)), scope);
  }

  /** `targets`: names with commas between them, each of which is given an item of the value. */
  private give(targets: readonly SyntaxNode[], value: Built, scope: Scope): void {
    const all = targets.filter(({ name }) => !/^[(),[\]]$/.test(name));
    for (const [i, target] of all.entries()) {
      const given = all.length > 1 ? itemAt(value, i) : value;
      if (/^(?:Tuple|Array)Expression$/.test(target.name)) this.give(children(target), given, scope);
      else if (target.name === 'VariableName') scope.built.set(this.source.of(target), given);
      else this.hold(this.attribute(target), target.from, given);
    }
  }

  /** `self.a = X`, `self.a: T = X`, `a = X`, `a, b = X`, `a[name] = X`, and `self.a = self.b = X`. */
  private assign(node: SyntaxNode, scope: Scope, perhaps: boolean): void {
    const parts = children(node);
    const at = parts.findLastIndex(({ name }) => name === 'AssignOp');
    if (at < 1) return;
    const value = this.built.list(parts.slice(at + 1), scope);
    const targets = parts.slice(0, at);
    if (targets.some(({ name }) => name === ',' || name === 'TupleExpression')) {
      this.give(
        targets.at(-1)!.name === 'TupleExpression' ? children(targets.at(-1)!) : targets,
        value,
        scope,
      );
      return;
    }
    for (const [i, target] of parts.entries()) {
      if (!/^(?:AssignOp|TypeDef)$/.test(parts[i + 1]?.name ?? '')) continue;
      const [holder, bracket, key] = children(target);
      if (target.name === 'VariableName') {
        const name = this.source.of(target);
        const text = this.built.text(parts[at + 1]!, scope);
        // It may be what it was before: a parameter stands for itself.
        const before = perhaps ? (scope.built.get(name) ?? { classes: [name] }) : undefined;
        scope.built.set(name, before ? joined([before, value]) : value);
        if (text === undefined) scope.texts.delete(name);
        else scope.texts.set(name, text);
      } else if (target.name === 'MemberExpression' && bracket?.name === '[' && holder && key) {
        if (value !== nothing) this.append(holder, [this.named(key, value, node, scope)], scope);
      } else this.hold(this.attribute(target), node.from, value);
    }
  }

  /** `layers += [X]`. */
  private update(node: SyntaxNode, scope: Scope): void {
    const target = node.firstChild;
    const value = node.lastChild;
    if (!target || !value) return;
    const added = this.built.of(value, scope).elements ?? [];
    this.append(target, placed(added, node), scope);
  }

  /** `layers.append(X)`, `self.add_module(name, X)`, `setattr(self, name, X)`, `super().__init__(X)` of a container. */
  private expression(node: SyntaxNode, scope: Scope): void {
    const call = node.firstChild;
    const callee = call?.name === 'CallExpression' ? call.firstChild : null;
    if (!call || !callee) return;
    const given = pythonArguments(call.getChild('ArgList'));
    const [first, second, third] = given.map(({ value }) => value);
    if (callee.name === 'VariableName' && this.source.of(callee) === 'setattr' && first && second && third) {
      if (this.source.of(first) === 'self')
        this.holdAll(undefined, [this.pair(second, third, node, scope)], scope);
      return;
    }
    const method = callee.getChild('PropertyName');
    const target = callee.firstChild;
    if (!method || !target) return;
    switch (this.source.of(method)) {
      case 'append':
      case 'insert':
        if (first) this.append(target, placed(this.built.elements([given.at(-1)!], scope), node), scope);
        break;
      case 'extend':
      case 'update':
        if (first) this.append(target, placed(this.built.of(first, scope).elements ?? [], node), scope);
        break;
      case 'add_module':
      case 'register_module':
        if (first && second) this.holdAll(target, [this.pair(first, second, node, scope)], scope);
        // The pair itself is given: `self.add_module(*stage)`.
        else if (first && given[0]!.spread) {
          const pairs = this.built.of(first, scope).elements ?? [];
          this.holdAll(target, placed(pairs, node), scope);
        }
        break;
      case '__init__':
        if (this.isContainer && target.name === 'CallExpression' && given.length > 0) {
          const elements = this.built.elements(given, scope);
          if (elements.some(({ value }) => value !== nothing)) this.own ??= holding(elements).elements;
        }
        break;
    }
  }

  private pair(name: SyntaxNode, value: SyntaxNode, statement: SyntaxNode, scope: Scope): Member {
    return this.named(name, this.built.of(value, scope), statement, scope);
  }

  private named(name: SyntaxNode, value: Built, statement: SyntaxNode, scope: Scope): Member {
    const text = this.built.text(name, scope) ?? '*';
    const member = { name: text.replaceAll('.', '*'), at: statement.from, repeated: false, value };
    return placed([member], statement)[0]!;
  }

  /** `target.add_module(name, value)`; of the class itself where the target is `self` or not given. */
  private holdAll(target: SyntaxNode | undefined, members: readonly Member[], scope: Scope): void {
    if (target === undefined || target.name === 'self' || this.source.of(target) === 'self') {
      for (const { name, at, value } of members)
        if (name !== '' && at !== undefined) this.hold(name, at, value);
    } else this.append(target, members, scope);
  }

  private append(target: SyntaxNode, added: readonly Member[], scope: Scope): void {
    if (target.name === 'VariableName') {
      const name = this.source.of(target);
      const before = scope.built.get(name) ?? nothing;
      scope.built.set(name, holding([...(before.elements ?? []), ...added], before.classes));
      return;
    }
    const member = this.members.get(this.attribute(target) ?? '');
    if (!member) return;
    member.value = holding([...(member.value.elements ?? []), ...added], member.value.classes);
  }

  private hold(name: string | undefined, at: number, value: Built): void {
    if (name === undefined) return;
    const known = this.members.get(name);
    if (known) known.value = joined([known.value, value]);
    else if ((value.classes.length > 0 || value.elements) && this.members.size < mostMembers) {
      this.members.set(name, { name, at, value });
    }
  }

  /** `a` of `self.a`. */
  private attribute(node: SyntaxNode): string | undefined {
    return attributeOfSelf(this.codeNames.dotted(node) ?? '');
  }
}

/** Elements that a statement adds; in a loop it adds any number. */
function placed(elements: readonly Member[], statement: SyntaxNode): Member[] {
  let repeated = false;
  for (let at: SyntaxNode | null = statement.parent; at && at.name !== 'FunctionDefinition'; at = at.parent) {
    if (/^(?:For|While)Statement$/.test(at.name)) repeated = true;
  }
  return elements.map((element) => ({
    ...element,
    at: statement.from,
    repeated: repeated || element.repeated,
  }));
}
