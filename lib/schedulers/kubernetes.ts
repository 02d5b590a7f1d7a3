import { pathOf } from '../constructs/names.ts';
import { PlatformError } from '../model/errors.ts';
import { type SchedulerBackend, withEnvironment } from './scheduler.ts';

/** First minor version whose scheduler starts gangs by itself, with the feature gate on. */
const FIRST_MINOR = 37;
const FEATURE_GATE = 'GenericWorkload';

/** Kubernetes' own gang scheduling: a PodGroup and an indexed Job, no queues, no further component. */
export const kubernetesBackend: SchedulerBackend = {
  id: 'kubernetes',
  enforces: 'nothing',
  requireOn: (cluster, user) => {
    const minor = Number(cluster.kubernetesVersion.split('.')[1]);
    const gateIsOn = cluster.featureGates.includes(FEATURE_GATE);
    if (cluster.cloud.id === 'existing' && minor >= FIRST_MINOR && gateIsOn) return;
    throw new PlatformError(
      'SCHED-002',
      pathOf(user),
      `Kubernetes' own gang scheduling needs an existing cluster of 1.${FIRST_MINOR} or later with the feature gate ${FEATURE_GATE}; '${cluster.clusterName}' is ${cluster.cloud.id} ${cluster.kubernetesVersion}${gateIsOn ? '' : ' and declares no such gate'}`,
      `Use Scheduler.volcano(), or, where the gate is on, set kubernetesVersion: '1.${FIRST_MINOR}' and featureGates: ['${FEATURE_GATE}'].`,
    );
  },
  queueObjects: () => ({}),
  jobObjects: ({ job, priorityClass, maxRetries, labels, annotations, podSpec, rendezvous }) => {
    const { name, namespace } = job;
    const selector = { 'batch.kubernetes.io/job-name': name };
    return {
      'pod-group': {
        apiVersion: 'scheduling.k8s.io/v1beta1',
        kind: 'PodGroup',
        metadata: { name, namespace, labels },
        spec: { priorityClassName: priorityClass, schedulingPolicy: { gang: { minCount: job.minWorkers } } },
      },
      service: {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name, namespace, labels },
        // Workers look each other up before they are ready.
        spec: { clusterIP: 'None', publishNotReadyAddresses: true, selector },
      },
      job: {
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata: { name, namespace, labels },
        spec: {
          completionMode: 'Indexed',
          completions: job.workers,
          parallelism: job.workers,
          // Each restart of the gang may cost every worker one failure.
          backoffLimit: maxRetries * job.workers,
          template: {
            metadata: { labels, annotations },
            spec: {
              ...withEnvironment(
                podSpec,
                rendezvous(
                  { fieldPath: "metadata.annotations['batch.kubernetes.io/job-completion-index']" },
                  `${name}-0.${name}`,
                ),
              ),
              priorityClassName: priorityClass,
              schedulingGroup: { podGroupName: name },
              subdomain: name,
            },
          },
        },
      },
    };
  },
};
