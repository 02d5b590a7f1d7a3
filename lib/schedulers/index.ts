import { kubernetesBackend } from './kubernetes.ts';
import type { SchedulerBackend } from './scheduler.ts';
import { volcanoBackend } from './volcano.ts';

/** The back ends that start gangs of pods. */
export const Scheduler = {
  /** Volcano: queues with guarantee, deserved and capability. */
  volcano: (): SchedulerBackend => volcanoBackend,
  /** Kubernetes' own gang scheduling: no queues; needs an existing cluster of 1.37 or later with `GenericWorkload` on. */
  kubernetes: (): SchedulerBackend => kubernetesBackend,
} as const;

export type { SchedulerBackend } from './scheduler.ts';
