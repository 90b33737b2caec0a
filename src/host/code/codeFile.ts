/** One file of code and its outline, read again as it changes. */
import { parser as javascript } from '@lezer/javascript';
import { parser as python } from '@lezer/python';
import { type Cancelled, IncrementalParse } from './incrementalParse';
import { isModelJson, jsonOutline } from './jsonOutline';
import { type CodeOutline, emptyOutline, longestText } from './outline';
import { pythonOutline } from './pythonOutline';
import { scriptOutline } from './scriptOutline';

/** Endings of the files that are looked at in a workspace, besides JSON. */
export const codeEndings = ['py', 'ts', 'tsx', 'mts', 'cts', 'js', 'jsx', 'mjs', 'cjs'] as const;

const dialects: Readonly<Record<string, string>> = { ts: 'ts', mts: 'ts', cts: 'ts', tsx: 'ts jsx' };

/** A file that says none of these words has nothing about models in it: most files need no parser. */
const words = {
  python: /\b(?:torch|nn|timm|transformers|keras|tensorflow|lightning|safetensors|from_pretrained|Module)\b/,
  script: /\b(?:tfjs|tf|transformers)\b/,
};

export class CodeFile {
  private parse: IncrementalParse | undefined;

  /** `weights`: whether weights lie beside the file. */
  constructor(
    private readonly name: string,
    private readonly language: 'python' | 'script' | 'json',
    private readonly weights: () => Promise<boolean> = () => Promise.resolve(false),
  ) {}

  /** Undefined when it was cancelled or the text is beyond the parser. */
  async outline(text: string, cancelled: Cancelled): Promise<CodeOutline | undefined> {
    if (text.length > longestText) return emptyOutline;
    if (this.language === 'json') {
      return isModelJson(this.name) ? jsonOutline(this.name, text, this.weights) : emptyOutline;
    }
    if (!words[this.language].test(text)) return emptyOutline;
    const tree = await this.parser().parse(
      this.language === 'python' ? withWholeNumbers(text) : text,
      cancelled,
    );
    if (!tree) return undefined;
    try {
      return this.language === 'python' ? pythonOutline(tree, text) : scriptOutline(tree, text);
    } catch (error) {
      // Nesting beyond all reason ends the stack.
      if (error instanceof RangeError) return emptyOutline;
      throw error;
    }
  }

  private parser(): IncrementalParse {
    const ending = this.name.slice(this.name.lastIndexOf('.') + 1);
    this.parse ??= new IncrementalParse(
      this.language === 'python' ? python : javascript.configure({ dialect: dialects[ending] ?? 'jsx' }),
    );
    return this.parse;
  }
}

/** Numbers such as `0.` are an error to the grammar; `00` is as long, and places stay what they are. */
function withWholeNumbers(text: string): string {
  return text.replace(/(?<![\w.])(\d[\d_]*)\.(?![\w.])/g, (_, digits: string) => `${digits}0`);
}

/** Language of a file by its name; undefined for others. */
export function languageOf(name: string): 'python' | 'script' | 'json' | undefined {
  const ending = name.slice(name.lastIndexOf('.') + 1).toLowerCase();
  if (ending === 'py') return 'python';
  if (ending === 'json') return 'json';
  return codeEndings.some((known) => known === ending) ? 'script' : undefined;
}
