// What the pods of a registry have in common: server, backup and database.
import { WORKLOAD_SERVICE_ACCOUNT } from '../model/conventions.ts';
import { IMAGES } from '../model/images.ts';
import type { JsonObject } from '../model/json.ts';
import type { Labels, Toleration } from '../model/kubernetes.ts';

/** With the drivers of databases and object stores, and the clients of all clouds. @see https://mlflow.org/docs/latest/self-hosting/ */
export const MLFLOW_IMAGE = IMAGES.mlflow;
/** Server, and `pg_dump`, which reads servers of its own and of earlier versions. */
export const POSTGRES_IMAGE = IMAGES.postgres;
/** User ids of the images' own users, where they have one. */
export const USERS = { mlflow: 1000, postgres: 999 } as const;
/** Port of the server. */
export const PORT = 5000;

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

export function labelsOf({ name, tenant }: RegistrySettings, component: 'server' | 'backup' | 'database'): Labels {
  return {
    'app.kubernetes.io/name': name,
    'app.kubernetes.io/component': `registry-${component}`,
    'cdk8s-ai.dev/tenant': tenant,
  };
}

export const CONTAINER_SECURITY = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};

export function podOf(
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
export function databaseEnv({
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

/** The variables by which MLflow reaches the store. */
export function storeEnv({ store: { region, s3 } }: RegistrySettings): readonly JsonObject[] {
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

export function fromSecret(variable: string, name: string, key: string): JsonObject {
  return { name: variable, valueFrom: { secretKeyRef: { name, key } } };
}
