/**
 * How long the outline of a file of 2 000 lines takes: at the first look of a process, when everything is warm, and
 * after an edit. `node --import tsx bench/codelens.ts [FILE...]`; without files, classes in the manner of timm.
 */
import { readFileSync } from 'node:fs';
import { CodeFile, languageOf } from '../src/host/code/codeFile';

const lines = 2000;
const repetitions = 15;

const block = (i: number) => `
class Block${i}(nn.Module):
    """ Attention and an MLP, with a residual each """

    def __init__(self, dim: int, num_heads: int = 8, mlp_ratio: float = 4., norm_layer=nn.LayerNorm) -> None:
        super().__init__()
        self.norm1 = norm_layer(dim)
        self.attn = nn.MultiheadAttention(dim, num_heads, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(dim, int(dim * mlp_ratio)), nn.GELU(), nn.Linear(int(dim * mlp_ratio), dim))
        self.layers = nn.ModuleList([nn.Linear(dim, dim, bias=i % 2 == 0) for i in range(3)])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        # x: tokens [n, t, d]
        h = self.norm1(x)
        x = x + self.attn(h, h, h, need_weights=False)[0]
        for layer in self.layers:
            if x.shape[-1] != layer.in_features:
                raise ValueError(f"width {x.shape[-1]} is not {layer.in_features}")
            x = x + layer(x) * (1.0 / len(self.layers))
        return x + self.mlp(x)
`;

function written(): string {
  let text = 'import torch\nimport torch.nn as nn\n';
  for (let i = 0; text.split('\n').length < lines; i++) text += block(i);
  return text;
}

async function measure(name: string, text: string): Promise<void> {
  const language = languageOf(name);
  if (!language) throw new Error(`${name} is no code.`);
  const file = new CodeFile(name, language);
  const time = async (now: string): Promise<number> => {
    const begun = performance.now();
    await file.outline(now, () => false);
    return performance.now() - begun;
  };
  const cold = await time(text);
  const warm: number[] = [];
  for (let i = 0; i < repetitions; i++) {
    const fresh = new CodeFile(name, language);
    const begun = performance.now();
    await fresh.outline(text, () => false);
    warm.push(performance.now() - begun);
  }
  const edits: number[] = [];
  const middle = text.indexOf('\n', text.length / 2) + 1;
  for (let i = 1; i <= repetitions; i++) {
    edits.push(await time(`${text.slice(0, middle)}${'# x\n'.repeat(i)}${text.slice(middle)}`));
  }
  const [median, edited] = [warm, edits].map((all) => all.sort((a, b) => a - b)[repetitions >> 1]!);
  const words = [
    `first look ${cold.toFixed(1)}`,
    `warm ${median!.toFixed(1)}`,
    `after an edit ${edited!.toFixed(1)}`,
  ];
  console.log(`${name}, ${text.split('\n').length} lines: ${words.join(', ')} ms`);
}

async function main(): Promise<void> {
  const files = process.argv.slice(2);
  if (files.length === 0) await measure('blocks.py', written());
  for (const file of files) await measure(file, readFileSync(file, 'utf8'));
}

main();
