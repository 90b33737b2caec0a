/** VS Code's platforms that there is a package for: [os, cpu]. */
export const targets: Readonly<Record<string, readonly [os: string, cpu: string]>>;
export function packageExtension(options?: {
  readonly target?: string;
  readonly out?: string;
}): Promise<string>;
