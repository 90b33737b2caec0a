/** How views call a run: `repsim brainregion`. */
import { baseName } from '../../protocol/baseName';

/** Made of untrusted text: show it as text. */
export function runName(settings: { readonly method?: string | undefined; readonly data: string }): string {
  const base = baseName(settings.data);
  const name = base
    .replace(/\.[^.]*$/, '')
    .replace(/\p{C}/gu, ' ')
    .slice(0, 80);
  return `${settings.method ?? 'repsim'} ${name}`;
}
