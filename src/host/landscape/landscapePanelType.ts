/** Type of the panel "Loss Landscape", in package.json's activation events and in the restored layout of a window. */
export const landscapePanelType = 'repsim.landscape';
