/** Choosing layers by name, with `*` and `?` as file names have them. */
import { UserError } from '../errors';

/** The layers that one of the comma-separated `patterns` matches, in their own order. Throws a UserError if none does. */
export function selectLayers(
  layers: readonly string[],
  patterns: string | undefined,
  where: string,
): readonly string[] {
  if (patterns === undefined) return layers;
  const expressions = patterns.split(',').map((pattern) => expressionOf(pattern.trim()));
  const chosen = layers.filter((layer) => expressions.some((expression) => expression.test(layer)));
  if (chosen.length === 0) {
    throw new UserError(
      `No layer of ${where} is called like "${patterns}"; it has ${layers.slice(0, 20).join(', ')}${layers.length > 20 ? ', ...' : ''}.`,
    );
  }
  return chosen;
}

function expressionOf(pattern: string): RegExp {
  const literal = pattern.replace(/[\\^$.|+()[\]{}]/g, '\\$&');
  return new RegExp(`^${literal.replaceAll('*', '.*').replaceAll('?', '.')}$`);
}
