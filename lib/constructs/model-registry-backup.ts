import type { Manifest } from '../model/kubernetes.ts';
import {
  CONTAINER_SECURITY,
  databaseEnv,
  labelsOf,
  MLFLOW_IMAGE,
  POSTGRES_IMAGE,
  podOf,
  type RegistrySettings,
  storeEnv,
  USERS,
} from './model-registry-pods.ts';

const UPLOAD = `\
import sys
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository
get_artifact_repository(sys.argv[1]).log_artifacts('/backup')
`;

/** A copy for each day of the month. To restore one, fetch it and run \`pg_restore --clean --if-exists --no-owner\`. */
export function backup(settings: RegistrySettings): Manifest {
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
