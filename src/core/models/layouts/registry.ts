/** All layouts of checkpoints that can be read, and which of them a checkpoint has. */
import { UserError } from '../../errors';
import { authorsConvnext, huggingFaceConvnext, timmConvnext, torchvisionConvnext } from './convnext';
import { huggingFaceClip } from './huggingFaceClip';
import { huggingFaceDinov2 } from './huggingFaceDinov2';
import { huggingFaceDeit, huggingFaceVit } from './huggingFaceVit';
import { type CheckpointFiles, type CheckpointLayout, modelType, timmArchitecture } from './layout';
import { huggingFaceResnet, torchvisionResnet } from './resnet';
import { tfjsLayers } from './tfjsLayers';
import { timmVit } from './timmVit';
import { torchvisionVit } from './torchvisionVit';

const layouts: readonly CheckpointLayout[] = [
  tfjsLayers,
  huggingFaceVit,
  huggingFaceDeit,
  huggingFaceDinov2,
  huggingFaceClip,
  timmVit,
  torchvisionVit,
  huggingFaceConvnext,
  timmConvnext,
  torchvisionConvnext,
  authorsConvnext,
  huggingFaceResnet,
  torchvisionResnet,
];

/** Throws a UserError that says what the checkpoint claims to be and what can be read. */
export function layoutOf(files: CheckpointFiles): CheckpointLayout {
  const found = layouts.find((layout) => layout.recognises(files));
  if (found !== undefined) return found;
  const supported = layouts.map(({ name }) => name).join(', ');
  throw new UserError(`${claimOf(files)}. Give a network that can be read: ${supported}.`);
}

function claimOf(files: CheckpointFiles): string {
  const { config, entries, path } = files;
  const type = modelType(files);
  if (type !== undefined) return `${config!.path} has model_type ${JSON.stringify(type).slice(0, 80)}`;
  const architecture = timmArchitecture(files);
  if (architecture !== undefined) {
    return `${config!.path} has architecture ${JSON.stringify(architecture).slice(0, 80)}`;
  }
  const shown = [...entries.keys()].slice(0, 3).map((name) => name.slice(0, 100));
  return `${config === undefined ? 'There is no config.json' : `${config.path} has neither model_type nor architecture`}, and the tensors of ${path} (${shown.join(', ')}...) are of no network that is known`;
}
