/** The licence texts of what a package of the extension carries of others: bundled code and native packages. */
import fs from 'node:fs';
import path from 'node:path';

/** Packages whose files esbuild put into bundles, by their folders. `metafiles`: esbuild's, of every bundle. */
export function bundledPackages(metafiles) {
  const folders = new Set();
  for (const { outputs } of metafiles) {
    for (const { inputs } of Object.values(outputs)) {
      for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
        const folder = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1];
        if (folder && bytesInOutput > 0) folders.add(folder);
      }
    }
  }
  return [...folders].sort();
}

/** One text: for every package folder its name, version, licence and the licence's words where the package has them. */
export function noticesOf(folders) {
  const parts = folders.map((folder) => {
    const { name, version, license } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
    const files = fs.readdirSync(folder).filter((file) => /^(licen[cs]e|notice|copying|third)/i.test(file));
    const texts = files
      .map((file) => path.join(folder, file))
      .filter((file) => fs.statSync(file).isFile())
      .map((file) => fs.readFileSync(file, 'utf8').trim());
    return [`${name} ${version} (${license})`, ...texts].join('\n\n');
  });
  const line = `\n\n${'-'.repeat(80)}\n\n`;
  return `RepSim contains the following software of others.${line}${parts.join(line)}\n`;
}
