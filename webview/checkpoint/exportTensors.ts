/** The list of tensors as a table for other programs. */
import type { CheckpointContents } from '../../src/protocol/checkpointPreview';
import type { SaveMessage } from '../../src/protocol/panelExport';
import { csvText } from '../shared/csv';
import { valuesOf } from './moduleTree';

export function exportTensors({ tensors }: CheckpointContents): SaveMessage {
  const rows = tensors.map((tensor) => [
    tensor.name,
    tensor.dtype,
    tensor.shape.join(' '),
    String(valuesOf(tensor)),
    String(tensor.bytes),
  ]);
  const content = csvText([['name', 'dtype', 'shape', 'values', 'bytes'], ...rows]);
  return { type: 'save', format: 'csv', content, base64: false };
}
