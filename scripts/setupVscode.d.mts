export function vscodeFolder(): string;
export function vscodePaths(folder?: string): { readonly node: string; readonly server: string };
export function setupVscode(): { readonly node: string; readonly server: string };
