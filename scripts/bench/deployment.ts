import type { Manifest } from '../../lib/model/kubernetes.ts';

/** A Deployment as people write it, 2.8 KB as JSON, that every rule passes: no two have the same names, labels or images. */
export function deployment(index: number): Manifest {
  const name = `web-${index}`;
  const team = `team-${index % 17}`;
  const version = `1.${index % 40}.${index % 7}`;
  const labels = {
    'app.kubernetes.io/name': name,
    'app.kubernetes.io/part-of': team,
    'app.kubernetes.io/version': version,
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: team, labels, annotations: { 'example.com/owner': `${team}@example.com` } },
    spec: {
      replicas: 1,
      selector: { matchLabels: { 'app.kubernetes.io/name': name } },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: {
        metadata: { labels, annotations: { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '8080' } },
        spec: {
          serviceAccountName: 'default',
          securityContext: { runAsNonRoot: true, runAsUser: 10_001, seccompProfile: { type: 'RuntimeDefault' } },
          containers: [container(name, team, version, 'server', 8080), container(name, team, version, 'proxy', 9090)],
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: 'topology.kubernetes.io/zone',
              whenUnsatisfiable: 'ScheduleAnyway',
              labelSelector: { matchLabels: { 'app.kubernetes.io/name': name } },
            },
          ],
          volumes: [
            { name: 'config', configMap: { name: `${name}-config`, optional: true } },
            { name: 'scratch', emptyDir: { sizeLimit: '1Gi' } },
          ],
        },
      },
    },
  };
}

const DIGEST = '5b'.repeat(32);

function container(name: string, team: string, version: string, part: string, port: number) {
  return {
    name: part,
    image: `registry.example.com/${team}/${part}:${version}@sha256:${DIGEST}`,
    args: ['--listen', `:${port}`, '--log-level=info', `--instance=${name}`],
    env: [
      { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      { name: 'FEATURES', valueFrom: { configMapKeyRef: { name: `${name}-config`, key: 'features', optional: true } } },
    ],
    ports: [{ name: 'http', containerPort: port, protocol: 'TCP' }],
    resources: { requests: { cpu: '250m', memory: '256Mi' }, limits: { cpu: '1', memory: '512Mi' } },
    readinessProbe: { httpGet: { path: '/ready', port: 'http' }, periodSeconds: 10 },
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    volumeMounts: [
      { name: 'config', mountPath: '/etc/service', readOnly: true },
      { name: 'scratch', mountPath: '/tmp' },
    ],
  };
}
