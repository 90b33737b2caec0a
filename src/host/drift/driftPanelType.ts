/** Type of the drift panel, in package.json's activation events and in the restored layout of a window. */
export const driftPanelType = 'repsim.drift';
