export type VsCodeVersion = 'newest' | 'oldest';
export function setupVscode(name?: VsCodeVersion): { readonly node: string; readonly server: string };
