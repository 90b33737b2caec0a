/** The file that keeps the settings of a run beside the code. By itself, so that who knows its name loads no schema. */
export const settingsFileName = 'repsim.json';
