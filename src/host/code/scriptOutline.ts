/** Reads off a TypeScript or JavaScript file which models of TensorFlow.js it builds and loads, and the layers that it names. */
import type { SyntaxNode, Tree } from '@lezer/common';
import { type CodeModel, type CodeOutline, type Member, mostClasses, mostModels } from './outline';
import { children, SyntaxText } from './syntaxText';

const kinds: Readonly<Record<string, CodeModel['kind']>> = {
  'tf.sequential': 'built',
  'tf.model': 'built',
  'tf.loadLayersModel': 'loaded',
  'tf.loadGraphModel': 'loaded',
};

export function scriptOutline(tree: Tree, text: string): CodeOutline {
  const source = new SyntaxText(text);
  const names = new ScriptNames(source);
  const calls: SyntaxNode[] = [];
  tree.iterate({
    // The node itself is made when it is asked for, which for all of them takes as long as the parsing.
    enter: (at) => {
      if (at.name === 'ImportDeclaration') names.addImport(at.node);
      else if (at.name === 'VariableDeclaration') names.addVariable(at.node);
      else if (at.name === 'CallExpression') calls.push(at.node);
    },
  });
  const models: CodeModel[] = [];
  const layers: Member[] = [];
  for (const call of calls) {
    const origin = names.origin(call.firstChild!);
    if (origin === undefined) continue;
    const list = call.getChild('ArgList');
    const first = list?.firstChild?.nextSibling ?? undefined;
    const kind = Object.hasOwn(kinds, origin) ? kinds[origin] : undefined;
    const pretrained = /^transformers\.(?!.*(?:Processor|Tokenizer|Config)\.)[\w.]+\.from_pretrained$/.test(
      origin,
    );
    if ((kind || pretrained) && models.length < mostModels) {
      const written = kind === 'built' || !first ? undefined : names.text(first);
      const reference = written?.includes('*') ? undefined : written?.replace(/^file:\/\//, '');
      models.push({
        kind: kind ?? 'loaded',
        name: assigned(call, source) ?? source.of(call.firstChild!),
        from: call.from,
        to: call.to,
        ...(reference !== undefined && { reference }),
      });
    }
    const name = /^tf\.layers\.\w+$/.test(origin) && first ? named(first, source) : undefined;
    if (name && layers.length < mostClasses) {
      layers.push({ name, at: call.from, repeated: false, value: { classes: [origin] } });
    }
  }
  const classes = layers.length > 0 ? [{ name: '', from: 0, to: 0, bases: [], members: layers }] : [];
  return { models, classes, instances: [] };
}

/** What imported names stand for; `tf` stands for TensorFlow.js where nothing else has that name. */
class ScriptNames {
  private readonly known = new Map<string, string>([['tf', 'tf']]);
  /** Names that stand for one string: `const MODEL = 'file://models/model.json'`. */
  private readonly strings = new Map<string, string>();

  constructor(private readonly source: SyntaxText) {}

  addImport(node: SyntaxNode): void {
    const from = node.getChild('String');
    const library = from && libraryOf(this.source.string(from));
    if (!library) return;
    const all = node.getChild('VariableDefinition');
    if (all) this.known.set(this.source.of(all), library);
    const group = node.getChild('ImportGroup');
    let original: string | undefined;
    for (const part of group ? children(group) : []) {
      if (part.name === ',') original = undefined;
      else if (part.name === 'VariableName') original = this.source.of(part);
      else if (part.name === 'VariableDefinition') {
        const local = this.source.of(part);
        this.known.set(local, `${library}.${original ?? local}`);
      }
    }
  }

  /** `const tf = require('@tensorflow/tfjs')`, and constants. */
  addVariable(node: SyntaxNode): void {
    this.addConstants(node);
    const call = node.getChild('CallExpression');
    const callee = call?.firstChild;
    const name = node.getChild('VariableDefinition');
    if (!name || !callee || this.source.of(callee) !== 'require') return;
    const argument = call?.getChild('ArgList')?.getChild('String');
    const library = argument && libraryOf(this.source.string(argument));
    if (library) this.known.set(this.source.of(name), library);
  }

  /** Of the whole file alone: those of functions may have the name of another. */
  private addConstants(node: SyntaxNode): void {
    if (node.firstChild?.name !== 'const' || !/^(?:Script|ExportDeclaration)$/.test(node.parent?.name ?? ''))
      return;
    for (const name of node.getChildren('VariableDefinition')) {
      const next = name.nextSibling?.name === 'TypeAnnotation' ? name.nextSibling : name;
      const value = next.nextSibling?.name === 'Equals' ? next.nextSibling.nextSibling : null;
      const text = value ? this.source.string(value) : undefined;
      if (text !== undefined) this.strings.set(this.source.of(name), text);
    }
  }

  /** What a string says, or a constant that stands for one. */
  text(node: SyntaxNode): string | undefined {
    return this.source.string(node) ?? this.strings.get(this.source.of(node));
  }

  /** The whole name of `tf.layers.dense`, beginning with the library. */
  origin(node: SyntaxNode): string | undefined {
    const parts: string[] = [];
    let at: SyntaxNode | null = node;
    while (at?.name === 'MemberExpression' && parts.length < 30) {
      const name = at.lastChild;
      if (name?.name !== 'PropertyName') return undefined;
      parts.unshift(this.source.of(name));
      at = at.firstChild;
    }
    if (at?.name !== 'VariableName') return undefined;
    const head = this.known.get(this.source.of(at));
    return head === undefined ? undefined : [head, ...parts].join('.');
  }
}

function libraryOf(module: string | undefined): string | undefined {
  if (/^@tensorflow\/tfjs(?:-layers|-core|-converter|-node|-node-gpu)?(?:\/|$)/.test(module ?? ''))
    return 'tf';
  return /^@(?:huggingface|xenova)\/transformers$/.test(module ?? '') ? 'transformers' : undefined;
}

/** `name` in the settings of a layer. */
function named(settings: SyntaxNode, source: SyntaxText): string | undefined {
  if (settings.name !== 'ObjectExpression') return undefined;
  for (const property of settings.getChildren('Property')) {
    const key = property.firstChild;
    const value = property.lastChild;
    if (!key || !value) continue;
    const name = key.name === 'String' ? source.string(key) : source.of(key);
    if (name === 'name') return source.string(value);
  }
  return undefined;
}

/** Variable that the call's value is given to, perhaps after `await`. */
function assigned(call: SyntaxNode, source: SyntaxText): string | undefined {
  const parent = call.parent?.name === 'AwaitExpression' ? call.parent.parent : call.parent;
  const name = parent?.name === 'VariableDeclaration' ? parent.getChild('VariableDefinition') : null;
  return name ? source.of(name) : undefined;
}
