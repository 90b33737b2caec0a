/** Opens a file of tensors by its name. */
import { openSafetensors } from './safetensors';
import type { TensorSource } from './tensorSource';
import { openTorchFile } from './torchFile';

/**
 * `.safetensors`, or anything else as a file of torch.save. Throws a UserError if the file cannot be opened or is not what
 * its name says.
 */
export function openTensorFile(path: string): Promise<TensorSource> {
  return path.endsWith('.safetensors') ? openSafetensors(path) : openTorchFile(path);
}
