/** Processes of one VS Code under test, found by an environment variable that all of them inherit. Linux only. */
import fs from 'node:fs';

export interface Process {
  readonly pid: number;
  readonly command: string;
}

/** Every living process whose environment has `variable=value`. */
export function processesWith(variable: string, value: string): Process[] {
  const found: Process[] = [];
  for (const name of fs.readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const environment = read(`/proc/${name}/environ`)?.split('\0');
    if (!environment?.includes(`${variable}=${value}`)) continue;
    if (/^State:\s+Z/m.test(read(`/proc/${name}/status`) ?? '')) continue;
    found.push({
      pid: Number(name),
      command: (read(`/proc/${name}/cmdline`) ?? '').replaceAll('\0', ' ').trim(),
    });
  }
  return found;
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(read(`/proc/${pid}/status`) ?? '');
  } catch {
    return false;
  }
}

/** Ends processes at once; those that are gone already are no error. */
export function killAll(processes: readonly Process[]): void {
  for (const { pid } of processes) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended between the look and the kill.
    }
  }
}

/** Files that a process has mapped into memory: among them every native library it has loaded. */
export function mappedFiles(pid: number): string[] {
  const lines = fs.readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n');
  return [
    ...new Set(lines.map((line) => line.slice(line.indexOf('/'))).filter((file) => file.startsWith('/'))),
  ];
}

/** Addresses other than this machine's that the processes have a TCP connection to, as /proc/net/tcp writes them. */
export function foreignConnections(pids: readonly number[]): string[] {
  const sockets = new Set<string>();
  for (const pid of pids) {
    for (const descriptor of list(`/proc/${pid}/fd`)) {
      const inode = link(`/proc/${pid}/fd/${descriptor}`)?.match(/^socket:\[(\d+)\]$/)?.[1];
      if (inode) sockets.add(inode);
    }
  }
  const foreign: string[] = [];
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of (read(table) ?? '').split('\n').slice(1)) {
      const [, , remote = '', , , , , , , inode = ''] = line.trim().split(/\s+/);
      const address = remote.split(':')[0] ?? '';
      // Little-endian 127.x.x.x, the same mapped into IPv6, ::1, and 0 where nothing is connected.
      const local = /^(0{8}|0{24})?.{6}7F$/.test(address) || /FFFF0{4}.{6}7F$/.test(address);
      const own = /^0*$/.test(address) || /^0{24}01000000$/.test(address);
      if (sockets.has(inode) && !local && !own) foreign.push(remote);
    }
  }
  return foreign;
}

function read(file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function list(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch {
    return [];
  }
}

function link(file: string): string | undefined {
  try {
    return fs.readlinkSync(file);
  } catch {
    return undefined;
  }
}
