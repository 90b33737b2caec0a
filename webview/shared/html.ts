/** Builds elements of a page. Text and attributes go through the document, which escapes them; nothing is parsed as HTML. */

export type Child = Node | string;

/** An element with its attributes and children. Attributes whose value is undefined or false are left out. */
export function html<Tag extends keyof HTMLElementTagNameMap>(
  document: Document,
  tag: Tag,
  attributes: Readonly<Record<string, string | number | boolean | undefined>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children);
  return element;
}

/** A sentence whose placeholders, "{0}" and on, are elements; they stand where the language wants them. */
export function sentence(text: string, ...parts: readonly Node[]): Child[] {
  return text.split(/\{(\d+)\}/).map((piece, i) => (i % 2 === 1 ? (parts[Number(piece)] ?? '') : piece));
}

/** An empty picture for a chart to be drawn into. */
export function picture(document: Document): SVGSVGElement {
  return document.createElementNS('http://www.w3.org/2000/svg', 'svg');
}
