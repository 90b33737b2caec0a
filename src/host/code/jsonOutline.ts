/** JSON files that stand for a model: TensorFlow.js's `model.json`, a `config.json` beside weights, and `repsim.json`. */
import { findNodeAtLocation, getNodeValue, type Node, parseTree } from 'jsonc-parser';
import { deeperThan } from '../../protocol/jsonDepth';
import { type CodeModel, type CodeOutline, emptyOutline } from './outline';

/** Their nesting: a `model.json` of Keras has some ten levels. */
const deepest = 200;

/** Whether a file of this name can be one of them. */
export function isModelJson(name: string): boolean {
  return /(?:^|[\\/])(?:repsim|config|[^\\/]*model)\.json$/.test(name);
}

/** `name`: of the file. `weights`: whether weights lie beside it, asked only for a `config.json`. */
export async function jsonOutline(
  name: string,
  text: string,
  weights: () => Promise<boolean>,
): Promise<CodeOutline> {
  if (deeperThan(deepest, text)) return emptyOutline;
  const root = parseTree(text, [], { allowTrailingComma: true });
  if (root?.type !== 'object') return emptyOutline;
  const file = name.split(/[\\/]/).at(-1);
  if (file === 'repsim.json') return configuration(root);
  if (file === 'config.json') {
    const about = ['model_type', 'architectures', 'architecture'].map((key) =>
      findNodeAtLocation(root, [key]),
    );
    const found = about.find((node) => node !== undefined);
    return found && (await weights())
      ? of({ ...spanOf(found), kind: 'file', name: 'config.json', reference: '.' })
      : emptyOutline;
  }
  const topology = findNodeAtLocation(root, ['modelTopology']);
  const manifest = findNodeAtLocation(root, ['weightsManifest']);
  const format = findNodeAtLocation(root, ['format']);
  const known = format
    ? /^(?:layers|graph)-model$/.test(String(getNodeValue(format)))
    : topology !== undefined;
  const at = format ?? topology;
  return known && manifest && at
    ? of({ ...spanOf(at), kind: 'file', name: file ?? '', reference: '.' })
    : emptyOutline;
}

/** The checkpoint that `repsim.json` names. */
function configuration(root: Node): CodeOutline {
  const checkpoint = findNodeAtLocation(root, ['checkpoint']);
  if (checkpoint?.type !== 'string') return emptyOutline;
  const reference = String(getNodeValue(checkpoint));
  return of({ ...spanOf(checkpoint), kind: 'file', name: 'repsim.json', reference });
}

function of(model: CodeModel): CodeOutline {
  return { ...emptyOutline, models: [model] };
}

function spanOf({ offset, length, parent }: Node): { from: number; to: number } {
  return { from: parent?.offset ?? offset, to: offset + length };
}
