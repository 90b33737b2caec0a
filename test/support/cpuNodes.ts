/** Which nodes of a model run on the CPU beside a GPU, as ONNX Runtime's log at its most verbose tells. */

/** One line a node: the operation, and the name of its first output in brackets. */
export function cpuNodes(log: string): string[] {
  const nodes: string[] = [];
  let onCpu = false;
  for (const line of log.split('\n')) {
    const [, text] = /VerifyEachNodeIsAssignedToAnEp\] (.*)$/.exec(line) ?? [];
    if (text === undefined) continue;
    const [, provider] = /Node\(s\) placed on \[(\w+)\]/.exec(text) ?? [];
    if (provider) onCpu = provider === 'CPUExecutionProvider';
    else if (onCpu && /^\s+\w+ \(.*\)$/.test(text)) nodes.push(text.trim());
  }
  return nodes;
}
