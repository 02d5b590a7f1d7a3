import type { Manifest } from '../model/kubernetes.ts';
import { backup } from './model-registry-backup.ts';
import { database, databaseService } from './model-registry-database.ts';
import { networkPolicy, openings } from './model-registry-network.ts';
import {
  CONTAINER_SECURITY,
  databaseEnv,
  labelsOf,
  MLFLOW_IMAGE,
  PORT,
  podOf,
  type RegistrySettings,
  storeEnv,
  USERS,
} from './model-registry-pods.ts';

/** The driver is named, because SQLAlchemy changes its default; everything else comes by the variables of libpq. */
const DATABASE_URI = 'postgresql+psycopg2://';

/** The objects of a registry by the places that they have in the construct tree. */
export function registryObjects(settings: RegistrySettings): Readonly<Record<string, Manifest>> {
  const { inCluster } = settings.database;
  const outside = networkPolicy(settings);
  return {
    ...(inCluster === undefined
      ? {}
      : { 'database-service': databaseService(settings), database: database(settings, inCluster) }),
    service: service(settings),
    server: server(settings),
    backup: backup(settings),
    ...(outside === undefined ? {} : { network: outside }),
    ...openings(settings),
  };
}

function service(settings: RegistrySettings): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: settings.name, namespace: settings.namespace },
    spec: {
      selector: labelsOf(settings, 'server'),
      ports: [{ name: 'http', port: 80, targetPort: PORT, protocol: 'TCP' }],
    },
  };
}

/** One server at a time: a new version changes the tables, which the old one would still write to. */
function server(settings: RegistrySettings): Manifest {
  const selector = labelsOf(settings, 'server');
  const amounts = { cpu: '500m', memory: '2Gi' };
  const health = (periodSeconds: number, failureThreshold: number) => ({
    httpGet: { path: '/health', port: PORT },
    periodSeconds,
    timeoutSeconds: 5,
    failureThreshold,
  });
  const common = {
    image: MLFLOW_IMAGE,
    env: [...databaseEnv(settings), ...storeEnv(settings)],
    securityContext: CONTAINER_SECURITY,
    volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
    resources: { requests: amounts, limits: { memory: amounts.memory } },
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: settings.name, namespace: settings.namespace, labels: selector },
    spec: {
      replicas: 1,
      strategy: { type: 'Recreate' },
      selector: { matchLabels: selector },
      template: {
        metadata: { labels: { ...selector, ...settings.podLabels } },
        spec: {
          ...podOf(settings, USERS.mlflow),
          initContainers: [{ name: 'migrate', command: ['mlflow', 'db', 'upgrade', DATABASE_URI], ...common }],
          containers: [
            {
              name: 'mlflow',
              command: ['mlflow', 'server'],
              args: [
                '--host=0.0.0.0',
                `--port=${PORT}`,
                '--workers=2',
                `--backend-store-uri=${DATABASE_URI}`,
                // Files pass through the server, so that jobs and model servers need no access to the store.
                `--artifacts-destination=${settings.store.folder}/artifacts`,
                `--allowed-hosts=${settings.host}`,
              ],
              ports: [{ name: 'http', containerPort: PORT, protocol: 'TCP' }],
              startupProbe: health(5, 60),
              readinessProbe: health(10, 3),
              livenessProbe: health(30, 4),
              ...common,
            },
          ],
          volumes: [{ name: 'tmp', emptyDir: {} }],
        },
      },
    },
  };
}
