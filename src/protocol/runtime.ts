/** The runtimes that can execute a program, by the names that settings, manifests and `--runtime` use. */
export const runtimeNames = ['onnx-cpu', 'onnx-webgpu', 'onnx-cuda', 'tensorflow', 'reference'] as const;
export type RuntimeName = (typeof runtimeNames)[number];
export const runtimeChoices = ['auto', ...runtimeNames] as const;
export type RuntimeChoice = (typeof runtimeChoices)[number];

/** Environment variables by which the editor, or a person, tells a process that computes where runtimes are found. */
export const runtimeEnvironment = {
  /** Folder of the results of probes and of runtimes that were installed or linked. */
  storage: 'REPSIM_STORAGE',
  /** The setting `repsim.runtimePath`: a native module, a package that has one, or a folder that holds such a package. */
  path: 'REPSIM_RUNTIME_PATH',
  /** A workspace folder that the user trusts, whose `node_modules` may hold a runtime. */
  workspace: 'REPSIM_TRUSTED_WORKSPACE',
  /** Address of a folder with the archives of the catalogue, instead of the publisher's. */
  mirror: 'REPSIM_RUNTIME_MIRROR',
  /** What `auto` stands for, instead of the fastest that works. */
  choice: 'REPSIM_RUNTIME',
} as const;

/** What is known of one runtime on this machine. */
export interface RuntimeReport {
  readonly name: RuntimeName;
  /** It loads, and computes what it should. */
  readonly available: boolean;
  /** What the device is; `software` computes on the CPU in the guise of a GPU and is never chosen by `auto`. */
  readonly kind: 'cpu' | 'gpu' | 'software' | null;
  /** Hardware in words: "2 threads", "NVIDIA H100"; null where it does not work. */
  readonly device: string | null;
  /** Of the library that executes: "1.30.0". */
  readonly version: string | null;
  /** Of one product of 1024 x 1024 matrices in float32. */
  readonly gigaflops: number | null;
  /** The file or folder that it was found in; null for what is bundled. */
  readonly path: string | null;
  /** Why it does not work, or is not the one that `auto` takes; null for that one. */
  readonly why: string | null;
  /** The one thing to do about `why`, where something can be done. */
  readonly fix: string | null;
}

export interface RuntimesReport {
  /** What `auto` takes. */
  readonly chosen: RuntimeName;
  /** In the order of preference among equally fast ones. */
  readonly runtimes: readonly RuntimeReport[];
}
