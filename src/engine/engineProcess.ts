/**
 * The life of an engine process: it serves the host that forked it over Node's IPC channel, and ends when the host lets
 * go of it, or, when the host is lost in the midst of a run, after that run.
 */
import { createMessageConnection, IPCMessageReader, IPCMessageWriter } from 'vscode-jsonrpc/node';
import { type EngineWork, serve } from './serve';

/** Serves the parent process. Must be called in a process made by `child_process.fork`. */
export function runEngineProcess(loadWork: () => Promise<EngineWork>): void {
  const connection = createMessageConnection(new IPCMessageReader(process), new IPCMessageWriter(process));
  const served = serve(connection, loadWork);

  // The host reads our output through pipes; when it is gone, writing fails and must not end the run.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

  process.once('disconnect', async () => {
    connection.dispose();
    await served.idle();
    process.exit(0);
  });
  process.once('SIGTERM', async () => {
    served.cancel();
    await served.idle();
    process.exit(0);
  });
  connection.listen();
}
