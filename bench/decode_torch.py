"""The other side of decode.ts: a DataLoader with Pillow. One line of options in, one line of times out for every line of stdin."""
import json, os, sys, time
import numpy as np
import torch
from PIL import Image
import PIL

options = json.loads(sys.argv[1])
folder, workers, batch = options['folder'], options['threads'], options['batch']
mean = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)
std = torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)


class Images(torch.utils.data.Dataset):
    """Resize 256 bicubic, centre crop 224, to floats, normalise: as torchvision's transforms do it."""

    def __init__(self):
        self.files = sorted(os.path.join(folder, name) for name in os.listdir(folder))

    def __len__(self):
        return len(self.files)

    def __getitem__(self, index):
        image = Image.open(self.files[index]).convert('RGB')
        width, height = image.size
        size = (256, int(256 * height / width)) if width <= height else (int(256 * width / height), 256)
        image = image.resize(size, Image.BICUBIC)
        left, top = round((image.width - 224) / 2), round((image.height - 224) / 2)
        image = image.crop((left, top, left + 224, top + 224))
        tensor = torch.from_numpy(np.array(image)).permute(2, 0, 1).contiguous().to(torch.float32).div(255)
        info = torch.utils.data.get_worker_info()
        return tensor.sub_(mean).div_(std), info.id, time.process_time()


if __name__ == '__main__':
    torch.set_num_threads(1)
    loader = torch.utils.data.DataLoader(Images(), batch_size=batch, num_workers=workers, persistent_workers=True)
    spent = [0.0] * workers  # CPU seconds of every worker
    def run():
        total = 0
        for tensors, ids, times in loader:
            total += len(tensors)
            spent[ids[-1]] = float(times[-1])
        return total

    run()  # the workers start
    print(json.dumps({'ready': f'PyTorch {torch.__version__}, Pillow {PIL.__version__}', 'compileMs': 0}), flush=True)
    for _ in sys.stdin:
        began = time.perf_counter()
        before = sum(spent) + time.process_time()
        total = run()
        cpu = sum(spent) + time.process_time() - before
        print(json.dumps({'rate': total / (time.perf_counter() - began), 'cpuMs': 1000 * cpu / total}), flush=True)
