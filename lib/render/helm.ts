import { execFileSync } from 'node:child_process';
import { PlatformError } from '../model/errors.ts';
import type { ChartReference, ClusterModel } from '../model/platform-model.ts';
import { emitYaml } from './yaml.ts';

/** Memory for the output of one chart. */
const MAX_OUTPUT = 64 * 1024 * 1024;

/**
 * The objects of a chart, made by the user's own `helm`. The only place that runs a program.
 *
 * @throws PlatformError HELM-001 when helm is not there or refuses the chart
 */
export function inflateChart(chart: ChartReference, cluster: ClusterModel): string {
  const source = chart.repository.startsWith('oci://')
    ? [`${chart.repository}/${chart.chart}`]
    : [chart.chart, '--repo', chart.repository];
  const args = [
    'template',
    chart.release,
    ...source,
    ...['--version', chart.version],
    ...['--namespace', chart.namespace],
    ...['--kube-version', `${cluster.kubernetesVersion}.0`],
    chart.skipCrds ? '--skip-crds' : '--include-crds',
    ...['--values', '-'],
  ];
  try {
    return execFileSync('helm', args, {
      input: emitYaml(chart.values),
      encoding: 'utf8',
      maxBuffer: MAX_OUTPUT,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
  } catch (error) {
    const { code, stderr } = error as { code?: string; stderr?: string };
    throw new PlatformError(
      'HELM-001',
      `${cluster.name}/${chart.release}`,
      code === 'ENOENT' ? 'helm is not on the PATH' : `helm template failed: ${(stderr ?? String(error)).trim()}`,
      code === 'ENOENT'
        ? 'Install helm, or leave --inflate out to write charts as reference and values.'
        : `Try it by hand: helm ${args.join(' ')}`,
    );
  }
}
