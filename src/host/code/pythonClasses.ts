/** The modules that a Python class holds, whatever the way to say so. */
import type { SyntaxNode } from '@lezer/common';
import type { CodeClass } from './outline';
import { PythonBodies } from './pythonBodies';
import type { Functions } from './pythonBuilt';
import { attributeOfSelf, type PythonNames } from './pythonNames';
import { children, pythonArguments, type SyntaxText } from './syntaxText';

/** A class with what tells whether it is a model. */
export interface PythonClass extends CodeClass {
  /** Has a method that is its forward pass. */
  readonly runs: boolean;
  /** Has modules, or calls something that it was given as if it were one. */
  readonly holds: boolean;
}

const container = /(?:^|\.)(?:Sequential|ModuleList|ModuleDict)$/;
const forwardPasses = new Set(['forward', 'call', '__call__']);

/** `functions`: of the file. */
export function readPythonClass(
  node: SyntaxNode,
  source: SyntaxText,
  names: PythonNames,
  functions: Functions,
): PythonClass | undefined {
  const name = node.getChild('VariableName');
  const body = node.getChild('Body');
  if (!name || !body) return undefined;
  const bases = pythonArguments(node.getChild('ArgList'))
    .filter((argument) => argument.name === undefined)
    .map(({ value }) => names.origin(value.name === 'CallExpression' ? value.firstChild! : value))
    .filter((origin) => origin !== undefined);
  const isContainer = bases.some((base) => container.test(base));
  const methods = children(body)
    .map((child) =>
      child.name === 'DecoratedStatement' ? (child.getChild('FunctionDefinition') ?? child) : child,
    )
    .filter((child) => child.name === 'FunctionDefinition');
  const bodies = new PythonBodies(methods, source, names, functions, isContainer);
  const { members, elements } = bodies.read(forwardPasses);
  const passes = methods.filter((method) =>
    forwardPasses.has(source.of(method.getChild('VariableName') ?? method)),
  );
  return {
    name: source.of(name),
    // A lens stands above the decorators.
    from: node.parent?.name === 'DecoratedStatement' ? node.parent.from : name.from,
    to: node.to,
    bases,
    members,
    ...(elements && { elements }),
    runs: passes.length > 0,
    holds:
      members.length > 0 ||
      elements !== undefined ||
      passes.some((pass) => callsAttribute(pass, names, bodies.names)),
  };
}

/** `self.encoder(x)`, where that is no method of the class. */
function callsAttribute(pass: SyntaxNode, names: PythonNames, methods: readonly string[]): boolean {
  let found = false;
  pass.cursor().iterate((at) => {
    const callee = !found && at.name === 'CallExpression' ? (names.dotted(at.node.firstChild!) ?? '') : '';
    const called = attributeOfSelf(callee);
    found ||= called !== undefined && !methods.includes(called);
  });
  return found;
}
