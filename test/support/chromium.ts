/** The browser of the tests: which one, and how it is kept from doing anything of its own. */
import { existsSync } from 'node:fs';

/** Throws an Error that says what to do where there is none. */
export function chromiumPath(): string {
  const file = process.env.CHROMIUM ?? '/usr/bin/chromium';
  if (!existsSync(file)) throw new Error(`No Chromium at ${file}: install it or set CHROMIUM.`);
  return file;
}

export const chromiumFlags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
