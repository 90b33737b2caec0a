/** Type of the checkpoint preview, in package.json too. */
export const checkpointEditorType = 'repsim.safetensors';
