/** Entry of the engine process, dist/engine.js: the heavy work of an editor window, away from the extension host. */
import { runEngineProcess } from './engineProcess';

if (process.send) {
  runEngineProcess(() => import('./work').then(({ engineWork }) => engineWork));
} else {
  console.error('This is the engine that the RepSim extension starts; in a terminal use `repsim`.');
  process.exitCode = 2;
}
