/** The tensors of a checkpoint as a tree of modules, and which of its rows are shown. Nothing here knows a page. */
import * as l10n from '@vscode/l10n';
import type { PreviewTensor } from '../../src/protocol/checkpointPreview';
import { formatCount } from '../shared/charts/format';

export interface TreeNode {
  /** Unique in the tree, and the same whenever the same list is read. */
  readonly id: string;
  /** Full name of the tensor, or the path of the module. */
  readonly path: string;
  /** What is left of the path below the parent. */
  readonly label: string;
  readonly children: readonly TreeNode[];
  /** Places in the list: of the tensor, or of all tensors in the module. */
  readonly tensors: readonly number[];
  /** Undefined for a module. */
  readonly tensor: PreviewTensor | undefined;
  readonly values: number;
  readonly bytes: number;
  readonly dtypes: readonly string[];
}

export interface Row {
  readonly node: TreeNode;
  /** 1 at the top. */
  readonly level: number;
  /** Index of the parent's row, -1 at the top. */
  readonly parent: number;
  /** Place among its brothers and sisters, from 1, and their number. */
  readonly position: number;
  readonly siblings: number;
  /** Undefined for a tensor. */
  readonly open: boolean | undefined;
}

/** Deeper modules stay together in one name: real ones have eight levels at most. */
const deepest = 12;
/** So many rows are opened by themselves. */
const openAtFirst = 30;

const order = new Intl.Collator('en', { numeric: true });

interface Branch {
  readonly modules: Map<string, Branch>;
  readonly tensors: { readonly label: string; readonly place: number }[];
}

/** The top of the tree. A module with a single part is one row with it; brothers and sisters are in natural order. */
export function moduleTree(tensors: readonly PreviewTensor[]): TreeNode[] {
  const root: Branch = { modules: new Map(), tensors: [] };
  tensors.forEach(({ name }, place) => {
    const parts = name.split('.');
    const names = parts.slice(0, Math.min(parts.length - 1, deepest));
    let branch = root;
    for (const part of names) {
      const found = branch.modules.get(part) ?? { modules: new Map(), tensors: [] };
      branch.modules.set(part, found);
      branch = found;
    }
    branch.tensors.push({ label: parts.slice(names.length).join('.'), place });
  });
  let count = 0;
  const tensorNode = (label: string, place: number): TreeNode => {
    const tensor = tensors[place]!;
    return {
      id: `t${place}`,
      path: tensor.name,
      label,
      children: [],
      tensors: [place],
      tensor,
      values: valuesOf(tensor),
      bytes: tensor.bytes,
      dtypes: [tensor.dtype],
    };
  };
  const moduleNode = (name: string, below: Branch, above: string): TreeNode => {
    let label = name;
    let module = below;
    while (module.modules.size === 1 && module.tensors.length === 0) {
      const [[next, only]] = module.modules as unknown as [[string, Branch]];
      label = `${label}.${next}`;
      module = only;
    }
    const [first, ...others] = module.tensors;
    if (module.modules.size === 0 && first && others.length === 0) {
      return tensorNode(`${label}.${first.label}`, first.place);
    }
    const path = above === '' ? label : `${above}.${label}`;
    const id = `m${count++}`;
    const children = nodesOf(module, path);
    return {
      id,
      path,
      label,
      children,
      tensor: undefined,
      tensors: children.flatMap((child) => child.tensors),
      values: sum(children.map((child) => child.values)),
      bytes: sum(children.map((child) => child.bytes)),
      dtypes: [...new Set(children.flatMap((child) => child.dtypes))],
    };
  };
  const nodesOf = (branch: Branch, path: string): TreeNode[] =>
    [
      ...[...branch.modules].map(([name, below]) => moduleNode(name, below, path)),
      ...branch.tensors.map(({ label, place }) => tensorNode(label, place)),
    ].sort((a, b) => order.compare(a.label, b.label));
  return nodesOf(root, '');
}

export function valuesOf({ shape }: PreviewTensor): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

export function shapeText(shape: readonly number[]): string {
  return shape.length === 0 ? l10n.t('scalar') : shape.join(' × ');
}

/** "1 tensor", "12 tensors". */
export function tensorsText(count: number): string {
  return count === 1 ? l10n.t('1 tensor') : l10n.t('{0} tensors', formatCount(count));
}

/** Paths of the modules that are open before anybody has opened or closed one: whole levels from the top, while the rows are few. */
export function firstOpen(top: readonly TreeNode[]): Set<string> {
  const open = new Set<string>();
  let rows = top.length;
  for (let level = top; level.length > 0; ) {
    const below = level.flatMap(({ children }) => children);
    rows += below.length;
    if (rows > openAtFirst) break;
    for (const { path, tensor } of level) if (!tensor) open.add(path);
    level = below;
  }
  return open;
}

/**
 * The rows that are shown. Every word of `filter` has to be in the name, dtype or shape of a tensor; what is above the
 * tensors found is shown with them, and open unless it is in `closed`.
 */
export function shownRows(
  top: readonly TreeNode[],
  filter: string,
  open: ReadonlySet<string>,
  closed: ReadonlySet<string>,
): Row[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const matching = words.length > 0 ? matches(top, words) : undefined;
  const rows: Row[] = [];
  const add = (nodes: readonly TreeNode[], level: number, parent: number) => {
    const shown = matching ? nodes.filter(({ id }) => matching.has(id)) : nodes;
    shown.forEach((node, i) => {
      const isOpen = matching ? !closed.has(node.path) : open.has(node.path);
      const row = {
        node,
        level,
        parent,
        position: i + 1,
        siblings: shown.length,
        open: node.tensor ? undefined : isOpen,
      };
      const at = rows.push(row) - 1;
      if (row.open) add(node.children, level + 1, at);
    });
  };
  add(top, 1, -1);
  return rows;
}

/** Ids of the tensors that all words are in, and of the modules above them. */
function matches(nodes: readonly TreeNode[], words: readonly string[]): Set<string> {
  const found = new Set<string>();
  const look = (node: TreeNode): boolean => {
    const { tensor } = node;
    if (tensor) {
      const text = `${tensor.name} ${tensor.dtype} ${shapeText(tensor.shape)}`.toLowerCase();
      if (!words.every((word) => text.includes(word))) return false;
    } else {
      const below = node.children.filter(look);
      if (below.length === 0) return false;
    }
    found.add(node.id);
    return true;
  };
  nodes.forEach(look);
  return found;
}

/** Not `Math.max(...)` and the like: there may be a hundred thousand. */
function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
