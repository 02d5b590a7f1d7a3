import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { ChartReference } from '../../../lib/model/platform-model.ts';
import { inflateChart } from '../../../lib/render/helm.ts';
import { renderManifests } from '../../../lib/render/manifests.ts';
import { exampleCluster } from '../examples.ts';
import { runFolder } from '../run-folder.ts';
import type { Scenario } from '../scenario.ts';
import { program } from '../toolchain.ts';

/** `--inflate` with the real helm, on a chart of our own behind a repository on this machine. */
export const scenario: Scenario = {
  name: 'helm',
  limits: [
    'The charts of the components cannot be fetched here, so that their values are accepted by the charts themselves is not proved.',
  ],
  async run({ prove }) {
    const helm = await program('helm');
    const folder = mkdtempSync(join(runFolder(), 'helm-'));
    writeChart(join(folder, 'probe'));
    const path = process.env['PATH'];
    process.env['PATH'] = [dirname(helm.path), path].join(delimiter);
    process.env['HELM_CACHE_HOME'] = join(folder, 'cache');
    execFileSync('helm', ['package', 'probe'], { cwd: folder });
    const server = createServer((request, response) => {
      response.end(readFileSync(join(folder, request.url === '/index.yaml' ? 'index.yaml' : 'probe-1.2.3.tgz')));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const repository = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    execFileSync('helm', ['repo', 'index', '.', '--url', repository], { cwd: folder });
    const cluster = await exampleCluster('aws-h100-training');
    const chart: ChartReference = {
      release: 'probe',
      namespace: 'tools',
      repository,
      chart: 'probe',
      version: '1.2.3',
      values: { greeting: '0o17' },
      skipCrds: true,
      hooks: false,
    };
    try {
      // The server answers in this process, so helm has to run beside it and not block it.
      await prove(
        'an inflated chart is the objects that the real helm renders from our values, without its CRDs',
        helm,
        async () => {
          const text = await inChild(chart, cluster.kubernetesVersion);
          const objects = parseAllDocuments(text)
            .map((document) => document.toJS())
            .filter((one) => one !== null);
          assert.deepEqual(
            objects.map(({ kind }) => kind),
            ['ConfigMap'],
          );
          assert.deepEqual(objects[0].data, {
            greeting: '0o17',
            namespace: 'tools',
            version: `v${cluster.kubernetesVersion}.0`,
          });
          return `${objects.length} object`;
        },
      );
      await prove(
        'a chart that helm refuses is one clear finding, and so is a machine without helm',
        helm,
        async () => {
          assert.throws(
            () => inflateChart({ ...chart, repository: 'http://127.0.0.1:1' }, cluster),
            /HELM-001 at east\/probe: helm template failed/,
          );
          process.env['PATH'] = folder;
          assert.throws(
            () => inflateChart(chart, cluster),
            /HELM-001 at east\/probe: helm is not on the PATH\n.*leave --inflate out/,
          );
          return '';
        },
      );
      await prove(
        'without --inflate a chart is written as reference and values, and no helm is needed',
        helm,
        async () => {
          const model = {
            name: 'probe',
            clusters: [
              {
                ...cluster,
                units: [
                  {
                    id: 'probe',
                    kind: 'component' as const,
                    path: 'east/probe',
                    runOnce: false,
                    dependsOn: [],
                    charts: [chart],
                    objects: [],
                  },
                ],
              },
            ],
            waivers: [],
          };
          assert.deepEqual(
            [...renderManifests(model)].map(([path]) => path),
            ['east/order.yaml', 'east/probe/chart.yaml', 'east/probe/values.yaml'],
          );
          return '';
        },
      );
    } finally {
      process.env['PATH'] = path;
      server.close();
    }
  },
};

function writeChart(folder: string): void {
  mkdirSync(join(folder, 'templates'), { recursive: true });
  mkdirSync(join(folder, 'crds'));
  writeFileSync(join(folder, 'Chart.yaml'), 'apiVersion: v2\nname: probe\nversion: 1.2.3\n');
  writeFileSync(join(folder, 'values.yaml'), 'greeting: none\n');
  writeFileSync(
    join(folder, 'crds/probe.yaml'),
    'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: probes.example.com}\n',
  );
  writeFileSync(
    join(folder, 'templates/map.yaml'),
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: probe}\ndata:\n  greeting: {{ .Values.greeting | quote }}\n  namespace: {{ .Release.Namespace }}\n  version: {{ .Capabilities.KubeVersion.Version | quote }}\n',
  );
}

/** Inflates the chart in a process of its own, while this one serves the repository. */
function inChild(chart: ChartReference, kubernetesVersion: string): Promise<string> {
  const module = join(import.meta.dirname, '../../../lib/render/helm.ts');
  const code = `import { inflateChart } from ${JSON.stringify(module)};
    process.stdout.write(inflateChart(${JSON.stringify(chart)}, { name: 'east', kubernetesVersion: ${JSON.stringify(kubernetesVersion)} }));`;
  return new Promise((resolve, reject) => {
    execFile(process.execPath, ['--input-type=module', '-e', code], (error, stdout) =>
      error === null ? resolve(stdout) : reject(error),
    );
  });
}
