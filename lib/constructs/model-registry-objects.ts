import { WORKLOAD_SERVICE_ACCOUNT } from '../model/conventions.ts';
import type { JsonObject } from '../model/json.ts';
import type { Labels, Manifest, Toleration } from '../model/kubernetes.ts';

/** With the drivers of databases and object stores, and the clients of all clouds. @see https://mlflow.org/docs/latest/self-hosting/ */
const MLFLOW_IMAGE = 'ghcr.io/mlflow/mlflow:v3.15.1-full';
/** Server, and `pg_dump`, which reads servers of its own and of earlier versions. */
const POSTGRES_IMAGE = 'docker.io/library/postgres:18.1';
/** User ids of the images' own users, where they have one. */
const USERS = { mlflow: 1000, postgres: 999 } as const;
const PORT = 5000;
/** The driver is named, because SQLAlchemy changes its default; everything else comes by the variables of libpq. */
const DATABASE_URI = 'postgresql+psycopg2://';

/** What the manifests are made of. */
export interface RegistrySettings {
  readonly name: string;
  /** Name of the Service as clients write it. */
  readonly host: string;
  readonly namespace: string;
  readonly tenant: string;
  readonly podLabels: Labels;
  readonly priorityClass: string;
  readonly nodeSelector: Labels;
  readonly tolerations: readonly Toleration[];
  readonly database: {
    readonly secretName: string;
    readonly host: string;
    readonly port: number;
    readonly name: string;
    readonly inCluster?: { readonly capacityGiB: number; readonly storageClass?: string };
  };
  readonly store: {
    /** Address of the folder of the registry. */
    readonly folder: string;
    /** Region of a store that speaks the protocol of S3. */
    readonly region?: string;
    /** How the store is reached; absent where the identity of the pods opens it. */
    readonly s3?: {
      readonly endpoint: string;
      readonly addressing: 'path' | 'virtual';
      readonly secretName: string;
    };
  };
  readonly backupSchedule: string;
  /** Other namespaces whose pods reach it. */
  readonly sharedWith: readonly string[];
}

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

function labelsOf({ name, tenant }: RegistrySettings, component: 'server' | 'backup' | 'database'): Labels {
  return {
    'app.kubernetes.io/name': name,
    'app.kubernetes.io/component': `registry-${component}`,
    'cdk8s-ai.dev/tenant': tenant,
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

const UPLOAD = `\
import sys
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository
get_artifact_repository(sys.argv[1]).log_artifacts('/backup')
`;

/** A copy for each day of the month. To restore one, fetch it and run \`pg_restore --clean --if-exists --no-owner\`. */
function backup(settings: RegistrySettings): Manifest {
  const labels = { ...labelsOf(settings, 'backup'), ...settings.podLabels };
  const amounts = { cpu: '100m', memory: '1Gi' };
  const common = {
    securityContext: CONTAINER_SECURITY,
    volumeMounts: [
      { name: 'backup', mountPath: '/backup' },
      { name: 'tmp', mountPath: '/tmp' },
    ],
    resources: { requests: amounts, limits: { memory: amounts.memory } },
  };
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: `${settings.name}-backup`, namespace: settings.namespace },
    spec: {
      schedule: settings.backupSchedule,
      timeZone: 'Etc/UTC',
      concurrencyPolicy: 'Forbid',
      startingDeadlineSeconds: 3600,
      successfulJobsHistoryLimit: 1,
      failedJobsHistoryLimit: 3,
      jobTemplate: {
        spec: {
          backoffLimit: 3,
          ttlSecondsAfterFinished: 604_800,
          template: {
            metadata: { labels },
            spec: {
              ...podOf(settings, USERS.mlflow),
              restartPolicy: 'Never',
              initContainers: [
                {
                  name: 'dump',
                  image: POSTGRES_IMAGE,
                  command: ['sh', '-c', 'pg_dump --format=custom --file="/backup/day-$(date -u +%d).dump"'],
                  env: databaseEnv(settings),
                  ...common,
                },
              ],
              containers: [
                {
                  name: 'store',
                  image: MLFLOW_IMAGE,
                  command: ['python', '-c', UPLOAD, `${settings.store.folder}/backups`],
                  env: storeEnv(settings),
                  ...common,
                },
              ],
              volumes: [
                { name: 'backup', emptyDir: {} },
                { name: 'tmp', emptyDir: {} },
              ],
            },
          },
        },
      },
    },
  };
}

function databaseService(settings: RegistrySettings): Manifest {
  const { host, port } = settings.database;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: host, namespace: settings.namespace },
    spec: {
      clusterIP: 'None',
      selector: labelsOf(settings, 'database'),
      ports: [{ name: 'postgresql', port, protocol: 'TCP' }],
    },
  };
}

function database(
  settings: RegistrySettings,
  { capacityGiB, storageClass }: NonNullable<RegistrySettings['database']['inCluster']>,
): Manifest {
  const { host, port, name, secretName } = settings.database;
  const selector = labelsOf(settings, 'database');
  const amounts = { cpu: '250m', memory: '1Gi' };
  const isReady = (periodSeconds: number, failureThreshold: number) => ({
    exec: { command: ['pg_isready', '--host=127.0.0.1', `--port=${port}`] },
    periodSeconds,
    timeoutSeconds: 5,
    failureThreshold,
  });
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: host, namespace: settings.namespace, labels: selector },
    spec: {
      serviceName: host,
      replicas: 1,
      selector: { matchLabels: selector },
      template: {
        metadata: { labels: selector },
        spec: {
          ...podOf(settings, USERS.postgres),
          containers: [
            {
              name: 'postgres',
              image: POSTGRES_IMAGE,
              args: ['-p', String(port)],
              env: [
                { name: 'POSTGRES_DB', value: name },
                fromSecret('POSTGRES_USER', secretName, 'username'),
                fromSecret('POSTGRES_PASSWORD', secretName, 'password'),
                // Not the root of the volume, where some file systems have a folder of their own.
                { name: 'PGDATA', value: '/data/pgdata' },
              ],
              ports: [{ name: 'postgresql', containerPort: port, protocol: 'TCP' }],
              startupProbe: isReady(5, 60),
              readinessProbe: isReady(10, 3),
              livenessProbe: isReady(30, 4),
              securityContext: CONTAINER_SECURITY,
              volumeMounts: [
                { name: 'data', mountPath: '/data' },
                { name: 'run', mountPath: '/var/run/postgresql' },
                { name: 'tmp', mountPath: '/tmp' },
              ],
              resources: { requests: amounts, limits: { memory: amounts.memory } },
            },
          ],
          volumes: [
            { name: 'run', emptyDir: {} },
            { name: 'tmp', emptyDir: {} },
          ],
        },
      },
      // Data outlives the registry: whoever wants it gone removes the claim.
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
      volumeClaimTemplates: [
        {
          metadata: { name: 'data' },
          spec: {
            accessModes: ['ReadWriteOnce'],
            ...(storageClass === undefined ? {} : { storageClassName: storageClass }),
            resources: { requests: { storage: `${capacityGiB}Gi` } },
          },
        },
      ],
    },
  };
}

const CONTAINER_SECURITY = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};

function podOf(
  { nodeSelector, tolerations, priorityClass }: RegistrySettings,
  user: (typeof USERS)[keyof typeof USERS],
): JsonObject {
  return {
    automountServiceAccountToken: false,
    serviceAccountName: WORKLOAD_SERVICE_ACCOUNT,
    priorityClassName: priorityClass,
    nodeSelector,
    tolerations: tolerations.map((toleration) => ({ ...toleration })),
    securityContext: {
      runAsNonRoot: true,
      runAsUser: user,
      runAsGroup: user,
      fsGroup: user,
      seccompProfile: { type: 'RuntimeDefault' },
    },
  };
}

/** The variables of libpq, which MLflow's driver and PostgreSQL's own programs read. */
function databaseEnv({
  database: { host, port, name, secretName, inCluster },
}: RegistrySettings): readonly JsonObject[] {
  return [
    { name: 'PGHOST', value: host },
    { name: 'PGPORT', value: String(port) },
    { name: 'PGDATABASE', value: name },
    // Between two pods of the namespace there is nobody to listen.
    { name: 'PGSSLMODE', value: inCluster === undefined ? 'require' : 'disable' },
    fromSecret('PGUSER', secretName, 'username'),
    fromSecret('PGPASSWORD', secretName, 'password'),
  ];
}

function storeEnv({ store: { region, s3 } }: RegistrySettings): readonly JsonObject[] {
  const common = [
    { name: 'HOME', value: '/tmp' },
    { name: 'MLFLOW_DISABLE_TELEMETRY', value: 'true' },
    // Workers for jobs of language models, beside the server.
    { name: 'MLFLOW_SERVER_ENABLE_JOB_EXECUTION', value: 'false' },
    ...(region === undefined ? [] : [{ name: 'AWS_DEFAULT_REGION', value: region }]),
  ];
  if (s3 === undefined) return common;
  return [
    ...common,
    { name: 'MLFLOW_S3_ENDPOINT_URL', value: s3.endpoint },
    { name: 'MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE', value: s3.addressing },
    // Checksums that only the store of AWS is sure to know.
    { name: 'AWS_REQUEST_CHECKSUM_CALCULATION', value: 'when_required' },
    { name: 'AWS_RESPONSE_CHECKSUM_VALIDATION', value: 'when_required' },
    fromSecret('AWS_ACCESS_KEY_ID', s3.secretName, 'access-key'),
    fromSecret('AWS_SECRET_ACCESS_KEY', s3.secretName, 'secret-key'),
  ];
}

function fromSecret(variable: string, name: string, key: string): JsonObject {
  return { name: variable, valueFrom: { secretKeyRef: { name, key } } };
}

/**
 * Lets server and backup reach a database and a store that are outside of the namespace, at addresses that nobody can list,
 * and never the metadata service of the machine. Inside of the namespace, and to the services of the cloud, the way is
 * open already.
 */
function networkPolicy(settings: RegistrySettings): Manifest | undefined {
  const { database: db, store, name, namespace } = settings;
  const endpoint = store.s3 === undefined ? undefined : new URL(store.s3.endpoint);
  const ports = [
    ...(db.inCluster === undefined ? [db.port] : []),
    ...(endpoint === undefined ? [] : [Number(endpoint.port) || (endpoint.protocol === 'https:' ? 443 : 80)]),
  ];
  if (ports.length === 0) return undefined;
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: `${name}-registry`, namespace },
    spec: {
      podSelector: {
        matchLabels: { 'app.kubernetes.io/name': name },
        matchExpressions: [
          { key: 'app.kubernetes.io/component', operator: 'In', values: ['registry-backup', 'registry-server'] },
        ],
      },
      policyTypes: ['Egress'],
      egress: [
        {
          to: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['169.254.169.254/32'] } }],
          ports: ports.map((port) => ({ protocol: 'TCP', port })),
        },
      ],
    },
  };
}

/** The way to the server from other namespaces, which both sides have to open. */
function openings(settings: RegistrySettings): Readonly<Record<string, Manifest>> {
  const { name, namespace, sharedWith } = settings;
  if (sharedWith.length === 0) return {};
  const server = { matchLabels: labelsOf(settings, 'server') };
  const ports = [{ protocol: 'TCP', port: PORT }];
  const inNamespace = (other: string) => ({ matchLabels: { 'kubernetes.io/metadata.name': other } });
  const policy = (policyName: string, policyNamespace: string, spec: JsonObject): Manifest => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: policyName, namespace: policyNamespace },
    spec,
  });
  return {
    shared: policy(`${name}-shared`, namespace, {
      podSelector: server,
      policyTypes: ['Ingress'],
      ingress: [{ from: sharedWith.map((other) => ({ namespaceSelector: inNamespace(other) })), ports }],
    }),
    ...Object.fromEntries(
      sharedWith.map((other) => [
        `shared-with-${other}`,
        policy(`to-${namespace}-${name}`, other, {
          podSelector: {},
          policyTypes: ['Egress'],
          egress: [{ to: [{ namespaceSelector: inNamespace(namespace), podSelector: server }], ports }],
        }),
      ]),
    ),
  };
}
