// The same objects through kustomize, Helm and our own command, each as people start it.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Json } from '../../lib/model/json.ts';
import { emitDocuments } from '../../lib/render/yaml.ts';
import { program } from '../../test/e2e/toolchain.ts';
import { deployment } from './deployment.ts';
import { duration, durationOf } from './measure.ts';

/** One way to the objects: what it is called, and the milliseconds that it takes. */
interface Way {
  readonly name: string;
  readonly measure: () => number;
}

/** What runs the ways on so many objects, and cleans up after them. */
export async function otherWays(objects: number): Promise<{ ways: readonly Way[]; end: () => void }> {
  const [kubectl, helm] = [await program('kubectl'), await program('helm')];
  const folder = mkdtempSync(join(tmpdir(), 'cdk8s-ai-bench-'));
  const app = join('build', 'bench-others.mjs');
  writeKustomization(join(folder, 'kustomize'), objects);
  writeChart(join(folder, 'chart'), objects);
  writeFileSync(app, programOf(objects));
  const synth = ['build/lib/cli/main.js', 'synth', app, '--out', join(folder, 'out')];
  return {
    ways: [
      { name: 'cdk8s-ai synth', measure: () => duration(...synth) },
      {
        name: `helm template, ${helm.version}`,
        measure: () => durationOf(helm.path, ['template', 'bench', join(folder, 'chart')]),
      },
      {
        name: `kubectl kustomize, ${kubectl.version}`,
        measure: () => durationOf(kubectl.path, ['kustomize', join(folder, 'kustomize')]),
      },
    ],
    end: () => {
      rmSync(folder, { recursive: true, force: true });
      rmSync(app, { force: true });
    },
  };
}

/** Files of a hundred objects, listed as resources. */
function writeKustomization(folder: string, objects: number): void {
  mkdirSync(folder);
  const names = Array.from({ length: objects / 100 }, (_, file) => `deployments-${file}.yaml`);
  for (const [file, name] of names.entries()) {
    const documents = Array.from({ length: 100 }, (_, index) => deployment(file * 100 + index) as Json);
    writeFileSync(join(folder, name), emitDocuments(documents));
  }
  const kustomization = { apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization', resources: names };
  writeFileSync(join(folder, 'kustomization.yaml'), emitDocuments([kustomization]));
}

/** One template that is filled for each of the values. */
function writeChart(folder: string, objects: number): void {
  mkdirSync(join(folder, 'templates'), { recursive: true });
  const example = deployment(0);
  const facts = (index: number) => {
    const { metadata, spec } = deployment(index) as ReturnType<typeof deployment> & { spec: { replicas: number } };
    const { name, namespace } = metadata;
    return { name, namespace, version: metadata.labels?.['app.kubernetes.io/version'], replicas: spec.replicas };
  };
  const { name, namespace, version, replicas } = facts(0);
  const template = emitDocuments([example as Json])
    .replaceAll(name, '{{ .name }}')
    .replaceAll(String(namespace), '{{ .namespace }}')
    .replaceAll(String(version), '{{ .version }}')
    .replace(`replicas: ${replicas}`, 'replicas: {{ .replicas }}');
  writeFileSync(
    join(folder, 'templates/deployments.yaml'),
    `{{- range .Values.deployments }}\n---\n${template}{{- end }}\n`,
  );
  writeFileSync(join(folder, 'Chart.yaml'), 'apiVersion: v2\nname: bench\nversion: 1.0.0\n');
  writeFileSync(
    join(folder, 'values.yaml'),
    JSON.stringify({ deployments: Array.from({ length: objects }, (_, index) => facts(index)) }),
  );
}

/** A chart for each hundred objects, on a cluster that exists. */
function programOf(objects: number): string {
  return `import { ApiObject, Chart } from 'cdk8s';
import { AiCluster, existing, Platform } from 'cdk8s-ai';
import { deployment } from '../scripts/bench/deployment.ts';
export const platform = new Platform({ name: 'bench', registries: ['registry.example.com'] });
const cluster = new AiCluster(platform, 'east', { cloud: existing(), kubernetesVersion: '1.35' });
for (let index = 0; index < ${objects / 100}; index++) {
  const chart = new Chart(cluster, 'chart-' + index, { disableResourceNameHashes: true });
  for (let object = 0; object < 100; object++) new ApiObject(chart, 'object-' + object, deployment(index * 100 + object));
}
`;
}
