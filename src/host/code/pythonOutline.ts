/** Reads off a Python file which models it defines, builds and loads: PyTorch, timm, transformers, torchvision, Keras. */
import type { SyntaxNode, Tree } from '@lezer/common';
import { modelClasses } from './modelClasses';
import { type CodeModel, type CodeOutline, type Member, mostClasses, mostModels } from './outline';
import { PythonBodies } from './pythonBodies';
import { CallReader } from './pythonCalls';
import { readPythonClass } from './pythonClasses';
import { lastPart, PythonNames } from './pythonNames';
import { children, SyntaxText } from './syntaxText';

export function pythonOutline(tree: Tree, text: string): CodeOutline {
  const source = new SyntaxText(text);
  const names = new PythonNames(source);
  const calls: SyntaxNode[] = [];
  const definitions: SyntaxNode[] = [];
  tree.iterate({
    // The node itself is made when it is asked for, which for all of them takes as long as the parsing.
    enter: (at) => {
      if (at.name === 'ImportStatement') names.add(at.node);
      else if (at.name === 'CallExpression') calls.push(at.node);
      else if (at.name === 'ClassDefinition' && definitions.length < mostClasses) definitions.push(at.node);
    },
  });
  const functions = new PythonBodies(topFunctions(tree), source, names, undefined, false);
  const classes = definitions
    .map((node) => readPythonClass(node, source, names, functions))
    .filter((found) => found !== undefined);
  const reader = new CallReader(source, names);
  const models: CodeModel[] = modelClasses(
    classes,
    reader.chosenParts(calls),
    reader.mentions(calls, classes),
  ).slice(0, mostModels);
  const layers: Member[] = [];
  const instances = new Set<string>();
  for (const call of calls) {
    const origin = names.origin(call.firstChild!);
    if (origin === undefined) continue;
    const model = models.length < mostModels ? reader.model(call, origin) : undefined;
    if (model) models.push(model);
    const layer = layers.length < mostClasses ? reader.namedLayer(call, origin) : undefined;
    if (layer) layers.push(layer);
    if (reader.makesInstance(call, origin)) instances.add(lastPart(origin));
  }
  models.sort((a, b) => a.from - b.from);
  const named = { name: '', from: 0, to: 0, bases: [], members: layers };
  return {
    models,
    classes: layers.length > 0 ? [...classes, named] : classes,
    instances: [...instances],
  };
}

/** Functions outside of classes and other functions. */
function topFunctions(tree: Tree): SyntaxNode[] {
  return children(tree.topNode)
    .map((node) =>
      node.name === 'DecoratedStatement' ? (node.getChild('FunctionDefinition') ?? node) : node,
    )
    .filter(({ name }) => name === 'FunctionDefinition');
}
