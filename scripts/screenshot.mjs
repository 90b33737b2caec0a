/** Makes media/screenshot.png, the README's picture, from what the tests in VS Code have last seen. */
import fs from 'node:fs';
import path from 'node:path';
import { fail, root } from './setup.mjs';

const seen = path.join(root, 'test-results/vscode/finetune/readme.png');
const picture = path.join(root, 'media/screenshot.png');
const mostBytes = 300_000;

if (!fs.existsSync(seen)) fail(`${seen} is not there: npm run test:vscode finetune makes it.`);
const { default: sharp } = await import('sharp');
const png = await sharp(seen).png({ palette: true, colours: 256, effort: 10 }).toBuffer();
if (png.length > mostBytes) fail(`The picture has ${png.length} bytes, more than ${mostBytes}.`);
fs.writeFileSync(picture, png);
console.log(`${path.relative(root, picture)}: ${png.length} bytes`);
