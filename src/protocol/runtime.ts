/** The runtimes that can execute a program, by the names that settings, manifests and `--runtime` use. */
export const runtimeNames = ['onnx-cpu', 'onnx-webgpu', 'onnx-cuda', 'tensorflow', 'reference'] as const;
export type RuntimeName = (typeof runtimeNames)[number];
export const runtimeChoices = ['auto', ...runtimeNames] as const;
export type RuntimeChoice = (typeof runtimeChoices)[number];
