/** The members of a JSON object in their order, each with the text that it had until it is set. */
import { parseJsonObject } from '../formats/strictJson';

export class ConfigMembers {
  private readonly members: Map<string, string>;

  /** `sources`: text of every member. */
  constructor(sources: ReadonlyMap<string, string>) {
    this.members = new Map(sources);
  }

  has(name: string): boolean {
    return this.members.has(name);
  }

  set(name: string, value: unknown): void {
    this.setText(name, JSON.stringify(value, undefined, 2));
  }

  /** `text`: JSON whose lines are indented as if it stood alone. */
  setText(name: string, text: string): void {
    this.members.set(name, text.trim().replaceAll('\n', '\n  '));
  }

  delete(name: string): void {
    this.members.delete(name);
  }

  /** The members of a member; undefined if it is no object. */
  nested(name: string): ConfigMembers | undefined {
    const text = this.members.get(name)?.replaceAll('\n  ', '\n');
    return text?.startsWith('{') ? new ConfigMembers(parseJsonObject(text).sources) : undefined;
  }

  text(): string {
    const lines = [...this.members].map(([name, text]) => `  ${JSON.stringify(name)}: ${text}`);
    return `{\n${lines.join(',\n')}\n}\n`;
  }
}
