/** The arguments of timm.create_model that a config.json of timm gives beside `architecture`: its `model_args`. */
import { UserError } from '../../errors';
import { isJsonObject, type JsonValue } from '../../formats/strictJson';
import type { ActivationName } from '../activations';
import { ConfigReader } from '../configReader';
import type { CheckpointFiles } from './layout';

/** Arguments of all architectures that change nothing here, or are read by `TimmArguments`. */
const common = ['num_classes', 'in_chans', 'drop_rate', 'drop_path_rate', 'act_layer', 'global_pool'];

const activations: Readonly<Record<string, ActivationName>> = {
  gelu: 'gelu',
  gelu_tanh: 'gelu_pytorch_tanh',
  quick_gelu: 'quick_gelu',
  quickgelu: 'quick_gelu',
  relu: 'relu',
  silu: 'silu',
  swish: 'silu',
};

/** Undefined is what the architecture takes where the argument is missing. */
export class TimmArguments extends ConfigReader {
  constructor(
    private readonly files: CheckpointFiles,
    /** Words, beside the common ones: what a layout reads, or whose effect shows in the tensors. */
    known: string,
  ) {
    const given = files.config?.value.model_args;
    const value = isJsonObject(given) ? given : {};
    super({ path: `${files.config?.path ?? files.path}: model_args`, text: '', value, sources: new Map() });
    const words = new Set([...common, ...known.split(' ')]);
    const unknown = Object.keys(value).find((key) => !words.has(key));
    if (unknown !== undefined) {
      throw new UserError(
        `${files.config!.path}: model_args has ${unknown.slice(0, 80)}, which is not known here and may change what the network does: take it out if it changes nothing.`,
      );
    }
  }

  has(key: string): boolean {
    return (this.file.value[key] ?? null) !== null;
  }

  activation(usual: ActivationName): ActivationName {
    return this.has('act_layer')
      ? activations[this.oneOf('act_layer', 'gelu', Object.keys(activations))]!
      : usual;
  }

  /** Throws a UserError if how the tokens or pixels become one embedding is none of `choices`. */
  pool<T extends string>(usual: T, choices: readonly T[]): T {
    const root = this.files.config?.value.global_pool;
    if (typeof root !== 'string' || this.has('global_pool')) return this.oneOf('global_pool', usual, choices);
    return new ConfigReader(this.files.config!).oneOf('global_pool', usual, choices);
  }

  /** Throws a UserError unless the argument is left out or has the only value that is read. */
  only(key: string, value: JsonValue): void {
    const given = this.file.value[key] ?? value;
    if (given !== value) this.fail(key, given, JSON.stringify(value));
  }
}
