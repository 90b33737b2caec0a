/** Calls in a Python file: models that are loaded or built, layers with names, and classes that are taken for parts. */
import type { SyntaxNode } from '@lezer/common';
import type { Mention } from './modelClasses';
import type { CodeModel, Member } from './outline';
import type { PythonClass } from './pythonClasses';
import { lastPart, type PythonNames } from './pythonNames';
import { type Argument, pythonArguments, type SyntaxText } from './syntaxText';

/** What a call says about a model: where in the arguments its reference is, if it has one. */
interface Loader {
  readonly kind: CodeModel['kind'];
  readonly origin: RegExp;
  /** Keywords of the reference, the best first; the first argument where none is given. */
  readonly keywords?: readonly string[];
  readonly first?: boolean;
  /** What the reference has to be, where much else is loaded by the same call. */
  readonly file?: RegExp;
}

const loaders: readonly Loader[] = [
  {
    kind: 'loaded',
    origin: /^timm\.(?:models\.)?create_model$/,
    keywords: ['checkpoint_path', 'model_name'],
    first: true,
  },
  { kind: 'loaded', origin: /^torchvision\.models\.get_model$/, keywords: ['name'], first: true },
  { kind: 'loaded', origin: /^torchvision\.models\.(?:\w+\.)?(?!get_|list_)[a-z]\w*$/ },
  { kind: 'loaded', origin: /^torch\.hub\.load$/, keywords: ['model'], first: true },
  { kind: 'loaded', origin: /^keras\.applications\.(?:\w+\.)?[A-Z]\w*$/ },
  { kind: 'loaded', origin: /^keras\.(?:\w+\.)*load_model$/, keywords: ['filepath'], first: true },
  {
    kind: 'loaded',
    origin: /^safetensors\.torch\.load_(?:file|model)$/,
    keywords: ['filename'],
    first: true,
  },
  { kind: 'built', origin: /^keras\.(?:models\.)?(?:Model|Sequential)$/ },
  {
    kind: 'loaded',
    origin: /\.from_pretrained$/,
    keywords: ['pretrained_model_name_or_path', 'checkpoint'],
    first: true,
  },
  { kind: 'loaded', origin: /\.load_from_checkpoint$/, keywords: ['checkpoint_path'], first: true },
  { kind: 'loaded', origin: /^torch\.load$/, keywords: ['f'], first: true, file: /\.(?:pth|pt|ckpt|bin)$/ },
];
/** What is loaded beside a model. */
const noModel =
  /(?:Processor|Tokenizer(?:Fast)?|FeatureExtractor|Config|Scheduler|Dataset)\.from_pretrained$/;

/** Calls that only ask about a class. */
const questions = /^(?:isinstance|issubclass|super|type|getattr|hasattr)$/;
/** Code that people write is not nested deeper than this. */
const deepest = 100;

export class CallReader {
  /** Arguments of calls: all questions are about them, and the tree makes its nodes when it is asked for them. */
  private readonly arguments = new Map<SyntaxNode, Argument[]>();
  /** Names that stand for one string: `CHECKPOINT = "./vit"`. */
  private readonly strings = new Map<string, string>();

  constructor(
    private readonly source: SyntaxText,
    private readonly names: PythonNames,
  ) {}

  /** The call as a model that is built or loaded. */
  model(call: SyntaxNode, origin: string): CodeModel | undefined {
    const loader = loaders.find((one) => one.origin.test(origin));
    if (!loader || noModel.test(origin)) return undefined;
    this.remember(call);
    const reference = this.reference(call, loader);
    if (loader.file && !loader.file.test(reference ?? '')) return undefined;
    const holder = lastPart(origin.slice(0, Math.max(0, origin.length - lastPart(origin).length - 1)));
    const className = /\.(?:from_pretrained|load_from_checkpoint)$/.test(origin) ? holder : undefined;
    return {
      kind: loader.kind,
      name: this.assigned(call) ?? this.source.of(call.firstChild!),
      from: call.from,
      to: call.to,
      ...(reference !== undefined && { reference }),
      ...(className !== undefined && { className }),
    };
  }

  /** A layer of Keras that is given its name. */
  namedLayer(call: SyntaxNode, origin: string): Member | undefined {
    if (!/^keras\.layers\.\w+$|^[A-Z]\w*$/.test(origin)) return undefined;
    const given = this.given(call);
    const name = given.find((argument) => argument.name && this.source.of(argument.name) === 'name');
    const text = name && this.source.string(name.value);
    if (!text) return undefined;
    return { name: text, at: call.from, repeated: false, value: { classes: [lastPart(origin)] } };
  }

  /** Classes that calls are told to take for a part: `block_fn=ResPostBlock`. */
  chosenParts(calls: readonly SyntaxNode[]): Set<string> {
    const parts = new Set<string>();
    for (const call of calls) {
      for (const { name, value } of this.given(call)) {
        if (!name || value.name !== 'VariableName') continue;
        if (/block|layer|norm|act|attn|mlp|embed|stem|head/.test(this.source.of(name)))
          parts.add(this.source.of(value));
      }
    }
    return parts;
  }

  /** Classes of the file that the calls in another class of it make or hand on: `PreNorm(Attention(dim))`. */
  mentions(calls: readonly SyntaxNode[], classes: readonly PythonClass[]): Mention[] {
    const mentions: Mention[] = [];
    if (classes.length < 2) return mentions;
    const known = new Set(classes.map(({ name }) => name));
    let at = 0;
    for (const call of calls) {
      while (at < classes.length && classes[at]!.to <= call.from) at++;
      const by = classes[at];
      if (!by) break;
      const callee = call.firstChild!;
      // The call that makes a base stands in the class too, but before its body.
      if (call.from < by.from || questions.test(this.source.of(callee))) continue;
      for (const node of [callee, ...this.given(call).map(({ value }) => value)]) {
        const name = node.name === 'VariableName' ? this.source.of(node) : '';
        if (known.has(name)) mentions.push({ by: by.name, name });
      }
    }
    return mentions;
  }

  /** Whether the call makes an instance of a class, outside of classes. */
  makesInstance(call: SyntaxNode, origin: string): boolean {
    if (!/^[A-Z]/.test(lastPart(origin))) return false;
    let at = call.parent;
    for (let up = 0; at && up < deepest; up++, at = at.parent) {
      if (at.name === 'ClassDefinition') return false;
    }
    return at === null;
  }

  private given(call: SyntaxNode): readonly Argument[] {
    let given = this.arguments.get(call);
    if (!given) {
      given = pythonArguments(call.getChild('ArgList'));
      this.arguments.set(call, given);
    }
    return given;
  }

  private reference(call: SyntaxNode, { keywords = [], first = false }: Loader): string | undefined {
    const given = this.given(call);
    for (const keyword of keywords) {
      const named = given.find(({ name }) => name && this.source.of(name) === keyword);
      const text = named && this.text(named.value);
      if (text) return text;
    }
    const [argument] = given;
    return first && argument && !argument.name ? this.text(argument.value) : undefined;
  }

  private text(node: SyntaxNode): string | undefined {
    const text = this.source.string(node);
    if (text === undefined)
      return node.name === 'VariableName' ? this.strings.get(this.source.of(node)) : undefined;
    return text.includes('*') ? undefined : text;
  }

  /** Constants are assigned at the top of a file, before they are used. */
  private remember(call: SyntaxNode): void {
    if (this.strings.size > 0) return;
    let top: SyntaxNode = call;
    while (top.parent) top = top.parent;
    this.strings.set('', '');
    for (const statement of top.getChildren('AssignStatement')) {
      const name = statement.firstChild;
      const value = statement.lastChild;
      const text = value && this.source.string(value);
      if (name?.name === 'VariableName' && text && !text.includes('*'))
        this.strings.set(this.source.of(name), text);
    }
  }

  /** Variable or attribute that the call's value is given to. */
  private assigned(call: SyntaxNode): string | undefined {
    const statement = call.parent;
    if (statement?.name !== 'AssignStatement' || !statement.firstChild) return undefined;
    return this.names.dotted(statement.firstChild);
  }
}
