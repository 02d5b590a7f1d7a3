// The database of a registry in the cluster, for clouds that make none.
import type { Manifest } from '../model/kubernetes.ts';
import {
  CONTAINER_SECURITY,
  fromSecret,
  labelsOf,
  POSTGRES_IMAGE,
  podOf,
  type RegistrySettings,
  USERS,
} from './model-registry-pods.ts';

export function databaseService(settings: RegistrySettings): Manifest {
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

export function database(
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
