/** Makes the README's pictures in media/ from what the tests in VS Code have last seen. */
import fs from 'node:fs';
import path from 'node:path';
import { fail, root } from './setup.mjs';

/** By the test that sees it: `npm run test:vscode finetune codelens` makes them. */
const pictures = {
  'finetune/readme.png': 'screenshot.png',
  'codelens/panel.png': 'code.png',
};
const mostBytes = 300_000;

const { default: sharp } = await import('sharp');
for (const [from, to] of Object.entries(pictures)) {
  const seen = path.join(root, 'test-results/vscode', from);
  if (!fs.existsSync(seen)) fail(`${seen} is not there: npm run test:vscode ${path.dirname(from)} makes it.`);
  const png = await sharp(seen).png({ palette: true, colours: 256, effort: 10 }).toBuffer();
  if (png.length > mostBytes) fail(`The picture ${to} has ${png.length} bytes, more than ${mostBytes}.`);
  fs.writeFileSync(path.join(root, 'media', to), png);
  console.log(`media/${to}: ${png.length} bytes`);
}
