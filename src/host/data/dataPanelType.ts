/** What VS Code knows the panels by, also those of the last session. */
export const dataPanelType = 'repsim.data';
