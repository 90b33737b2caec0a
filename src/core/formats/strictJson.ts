/**
 * JSON of untrusted files. Unlike `JSON.parse` it refuses duplicate names and deep nesting, and its objects have no
 * prototype, so that a name such as `__proto__` is a name like any other.
 */

export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;
export interface JsonObject {
  [name: string]: JsonValue;
}

export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError';
}

/** Configurations nest three or four levels. */
const maximumDepth = 64;

const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const space = /[ \t\n\r]*/y;

class Parser {
  private at = 0;
  /** Text of every member of the outermost object. */
  readonly sources = new Map<string, string>();

  constructor(private readonly text: string) {}

  document(): JsonValue {
    const value = this.value(0);
    this.skipSpace();
    if (this.at < this.text.length) this.fail('something follows the end of the value');
    return value;
  }

  private fail(what: string): never {
    throw new JsonSyntaxError(`${what} at character ${this.at}`);
  }

  private skipSpace(): void {
    space.lastIndex = this.at;
    space.test(this.text);
    this.at = space.lastIndex;
  }

  /** What `pattern` (sticky) matches here, which is then consumed. */
  private take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const [found] = pattern.exec(this.text) ?? [];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  private takeWord(word: string): boolean {
    if (!this.text.startsWith(word, this.at)) return false;
    this.at += word.length;
    return true;
  }

  private value(depth: number): JsonValue {
    if (depth > maximumDepth) this.fail(`nesting is deeper than ${maximumDepth} levels`);
    this.skipSpace();
    switch (this.text[this.at]) {
      case '{':
        return this.object(depth);
      case '[':
        return this.array(depth);
      case '"':
        return this.string();
      case 't':
        if (this.takeWord('true')) return true;
        break;
      case 'f':
        if (this.takeWord('false')) return false;
        break;
      case 'n':
        if (this.takeWord('null')) return null;
        break;
      default: {
        const digits = this.take(number);
        if (digits !== undefined) return Number(digits);
      }
    }
    return this.fail(this.at < this.text.length ? 'no value' : 'the text ends where a value should be');
  }

  private string(): string {
    const start = this.at;
    if (this.text[start] !== '"') this.fail('no string');
    let escaped = false;
    for (let i = start + 1; i < this.text.length; i++) {
      const code = this.text.charCodeAt(i);
      if (code === 0x22) {
        this.at = i + 1;
        const quoted = this.text.slice(start, this.at);
        return escaped ? this.unescape(quoted) : quoted.slice(1, -1);
      }
      if (code < 0x20) this.fail('a control character in the string');
      if (code === 0x5c) {
        escaped = true;
        i++;
      }
    }
    return this.fail('no end of the string');
  }

  private unescape(quoted: string): string {
    try {
      return JSON.parse(quoted) as string;
    } catch {
      return this.fail('no valid escape in the string that ends');
    }
  }

  private array(depth: number): JsonValue[] {
    const values: JsonValue[] = [];
    this.at++;
    this.skipSpace();
    if (this.takeWord(']')) return values;
    do values.push(this.value(depth + 1));
    while (this.separator(']'));
    return values;
  }

  private object(depth: number): JsonObject {
    const members: JsonObject = Object.create(null);
    this.at++;
    this.skipSpace();
    if (this.takeWord('}')) return members;
    do {
      this.skipSpace();
      const name = this.string();
      if (name in members) this.fail(`the name ${JSON.stringify(name.slice(0, 100))} is used twice, again`);
      this.skipSpace();
      if (!this.takeWord(':')) this.fail('no colon');
      this.skipSpace();
      const start = this.at;
      members[name] = this.value(depth + 1);
      if (depth === 0) this.sources.set(name, this.text.slice(start, this.at));
    } while (this.separator('}'));
    return members;
  }

  /** Consumes a comma (true) or `end` (false). */
  private separator(end: string): boolean {
    this.skipSpace();
    if (this.takeWord(',')) return true;
    if (this.takeWord(end)) return false;
    return this.fail(`neither a comma nor ${end}`);
  }
}

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Throws a JsonSyntaxError that says what is wrong and where. */
export function parseStrictJson(text: string): JsonValue {
  return new Parser(text).document();
}

/**
 * An object together with the text of each of its members, so that a file can be written back with the members that
 * nobody changed exactly as they were (`0.0` stays `0.0`). Throws a JsonSyntaxError.
 */
export function parseJsonObject(text: string): { value: JsonObject; sources: ReadonlyMap<string, string> } {
  const parser = new Parser(text);
  const value = parser.document();
  if (!isJsonObject(value)) throw new JsonSyntaxError('not an object');
  return { value, sources: parser.sources };
}
