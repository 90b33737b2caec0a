/** The modules that a Python class holds: `self.blocks = nn.ModuleList(...)` and all the other ways to say so. */
import type { SyntaxNode } from '@lezer/common';
import { holding } from './container';
import type { Built, CodeClass, Member } from './outline';
import { isClassName, joined, nothing, PythonBuilt, type Scope } from './pythonBuilt';
import { lastPart, type PythonNames } from './pythonNames';
import { children, pythonArguments, type SyntaxText } from './syntaxText';

/** A class with what tells whether it is a model. */
export interface PythonClass extends CodeClass {
  /** Whole names of its bases. */
  readonly origins: readonly string[];
  /** Has a method that is its forward pass. */
  readonly runs: boolean;
}

const container = /(?:^|\.)(?:Sequential|ModuleList|ModuleDict)$/;
const forwardPasses = new Set(['forward', 'call', '__call__']);
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

export function readPythonClass(
  node: SyntaxNode,
  source: SyntaxText,
  names: PythonNames,
): PythonClass | undefined {
  const name = node.getChild('VariableName');
  const body = node.getChild('Body');
  if (!name || !body) return undefined;
  const origins = pythonArguments(node.getChild('ArgList'))
    .filter((argument) => argument.name === undefined)
    .map(({ value }) => names.origin(value.name === 'CallExpression' ? value.firstChild! : value))
    .filter((origin) => origin !== undefined);
  const reader = new ClassReader(
    source,
    names,
    origins.some((origin) => container.test(origin)),
  );
  const methods = children(body)
    .map((child) =>
      child.name === 'DecoratedStatement' ? (child.getChild('FunctionDefinition') ?? child) : child,
    )
    .filter((child) => child.name === 'FunctionDefinition');
  const { members, elements } = reader.read(methods);
  return {
    name: source.of(name),
    // A lens stands above the decorators.
    from: node.parent?.name === 'DecoratedStatement' ? node.parent.from : name.from,
    to: node.to,
    bases: origins.map(lastPart),
    origins,
    members,
    ...(elements && { elements }),
    runs: methods.some((method) => forwardPasses.has(source.of(method.getChild('VariableName') ?? method))),
  };
}

class ClassReader {
  private readonly members = new Map<string, Draft>();
  private own: readonly Member[] | undefined;
  private readonly methods = new Map<string, SyntaxNode>();
  private readonly returned = new Map<string, Built>();
  private readonly built: PythonBuilt;

  constructor(
    private readonly source: SyntaxText,
    private readonly names: PythonNames,
    /** Whether the class is a container that is given its elements by the constructor of its base. */
    private readonly isContainer: boolean,
  ) {
    this.built = new PythonBuilt(source, names, (name) => this.returns(name));
  }

  read(methods: readonly SyntaxNode[]): { members: Member[]; elements: readonly Member[] | undefined } {
    for (const method of methods) {
      const name = method.getChild('VariableName');
      if (name) this.methods.set(this.source.of(name), method);
    }
    for (const [name, method] of this.methods) {
      if (!forwardPasses.has(name)) this.returns(name, method);
    }
    const members = [...this.members.values()].map((draft) => ({ ...draft, repeated: false }));
    return { members, elements: this.own };
  }

  /** Reads the method, once; what it returns. */
  private returns(name: string, method = this.methods.get(name)): Built {
    const known = this.returned.get(name);
    if (known || !method) return known ?? nothing;
    // A method that calls itself returns nothing that could be read off.
    this.returned.set(name, nothing);
    const body = method.getChild('Body');
    const values: Built[] = [];
    if (body) this.statements(body, this.parameters(method), values);
    const value = joined(values);
    this.returned.set(name, value);
    return value;
  }

  /** `block: Type[Union[BasicBlock, Bottleneck]]` and `block=Block` tell the class of what is called by that name. */
  private parameters(method: SyntaxNode): Scope {
    const scope: Scope = new Map();
    let name: string | undefined;
    for (const child of children(method.getChild('ParamList') ?? method)) {
      const previous: SyntaxNode | null = child.prevSibling;
      if (child.name === ',') name = undefined;
      else if (previous?.name === 'AssignOp' && name !== undefined) {
        const origin = this.names.origin(child);
        if (origin && isClassName(lastPart(origin))) scope.set(name, { classes: [lastPart(origin)] });
      } else if (child.name === 'VariableName') name = this.source.of(child);
      else if (child.name === 'TypeDef' && name !== undefined) {
        const words = this.source.of(child).match(/\b[A-Z]\w*/g) ?? [];
        const classes = words.filter((word) => isClassName(word) && !typeWords.has(word));
        if (classes.length > 0) scope.set(name, { classes });
      }
    }
    return scope;
  }

  private statements(body: SyntaxNode, scope: Scope, returned: Built[]): void {
    for (const node of children(body)) {
      if (blocks.test(node.name)) this.statements(node, scope, returned);
      else if (node.name === 'AssignStatement') this.assign(node, scope);
      else if (node.name === 'UpdateStatement') this.update(node, scope);
      else if (node.name === 'ExpressionStatement') this.expression(node, scope);
      else if (node.name === 'ReturnStatement') {
        const value = node.firstChild?.nextSibling;
        if (value) returned.push(this.built.of(value, scope));
      }
    }
  }

  /** `self.a = X`, `self.a: T = X`, `a = X`, and `self.a = self.b = X`. */
  private assign(node: SyntaxNode, scope: Scope): void {
    const parts = children(node);
    const last = parts.at(-1);
    if (!last || parts.some(({ name }) => name === ',')) return;
    const value = this.built.of(last, scope);
    for (const [i, target] of parts.entries()) {
      if (!/^(?:AssignOp|TypeDef)$/.test(parts[i + 1]?.name ?? '')) continue;
      if (target.name === 'VariableName') scope.set(this.source.of(target), value);
      else this.hold(this.attribute(target), node.from, value);
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
      if (this.source.of(first) === 'self') this.holdNamed(undefined, second, third, node, scope);
      return;
    }
    const method = callee.getChild('PropertyName');
    const target = callee.firstChild;
    if (!method || !target) return;
    switch (this.source.of(method)) {
      case 'append':
        if (first) this.append(target, placed(this.built.elements([given[0]!], scope), node), scope);
        break;
      case 'extend':
        if (first) this.append(target, placed(this.built.of(first, scope).elements ?? [], node), scope);
        break;
      case 'add_module':
      case 'register_module':
        if (first && second) this.holdNamed(target, first, second, node, scope);
        break;
      case '__init__':
        if (this.isContainer && target.name === 'CallExpression' && given.length > 0) {
          const elements = this.built.elements(given, scope);
          if (elements.some(({ value }) => value !== nothing)) this.own ??= holding(elements).elements;
        }
        break;
    }
  }

  /** `target.add_module(name, value)`; of the class itself where the target is `self` or not given. */
  private holdNamed(
    target: SyntaxNode | undefined,
    nameNode: SyntaxNode,
    valueNode: SyntaxNode,
    statement: SyntaxNode,
    scope: Scope,
  ): void {
    const name = (this.source.string(nameNode) ?? '*').replaceAll('.', '*');
    const value = this.built.of(valueNode, scope);
    if (target === undefined || target.name === 'self' || this.source.of(target) === 'self') {
      this.hold(name, statement.from, value);
    } else this.append(target, [{ name, at: statement.from, repeated: false, value }], scope);
  }

  private append(target: SyntaxNode, added: readonly Member[], scope: Scope): void {
    if (target.name === 'VariableName') {
      const name = this.source.of(target);
      const before = scope.get(name) ?? nothing;
      scope.set(name, holding([...(before.elements ?? []), ...added], before.classes));
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
    return /^self\.(\w+)$/.exec(this.names.dotted(node) ?? '')?.[1];
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
