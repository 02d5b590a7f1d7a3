import { at, type Json, type JsonObject, objectsIn } from '../model/json.ts';
import type { JobModel, ObjectModel } from '../model/platform-model.ts';
import { exampleJob, examplePlatform } from './examples.ts';
import { objectsOfKind } from './objects.ts';
import { fail, type Policy, perCluster, type Verdict } from './policy.ts';

export const fit003: Policy = {
  id: 'FIT-003',
  title: 'The least number of pods with which a job starts is at most the number that it has.',
  why: "Volcano's webhook refuses such a job; elsewhere it waits for pods that nobody creates.",
  source: 'https://github.com/volcano-sh/volcano/blob/v1.15.1/pkg/webhooks/admission/jobs/validate/admit_job.go',
  severity: 'error',
  check: perCluster((cluster) => [
    ...cluster.jobs.flatMap(judgeJob),
    ...objectsOfKind(cluster, 'batch.volcano.sh', 'Job').flatMap((object) => [...judgeObject(object)]),
  ]),
  examples: {
    passing: () => examplePlatform(),
    failing: () => examplePlatform({ jobs: [{ ...exampleJob, workers: 2, minWorkers: 3 }] }),
  },
};

function judgeJob({ name, path, workers, minWorkers }: JobModel): readonly Verdict[] {
  if (minWorkers >= 1 && minWorkers <= workers) return [];
  const what = `job '${name}' starts with ${minWorkers} workers or more, and has ${workers}`;
  return [fail(path, what, `Set minWorkers to a number from 1 to ${Math.max(workers, 1)}.`)];
}

function* judgeObject({ path, manifest }: ObjectModel): Iterable<Verdict> {
  const spec = manifest['spec'];
  const tasks = objectsIn(at(spec, 'tasks'));
  const title = `Job '${manifest.metadata.name}'`;
  if (tasks.length === 0) yield fail(path, `${title} has no task`, 'Add a task with at least one replica.');
  const total = tasks.reduce((all, task) => all + replicasOf(task), 0);
  yield* outOfRange(path, title, number(at(spec, 'minAvailable')), total);
  for (const task of tasks) yield* judgeTask(path, `task '${task['name']}' of ${title}`, task);
}

function* judgeTask(path: string, title: string, task: JsonObject): Iterable<Verdict> {
  const replicas = replicasOf(task);
  const minAvailable = number(task['minAvailable']);
  yield* outOfRange(path, title, minAvailable, replicas);
  const policy = task['partitionPolicy'];
  const partitions = number(at(policy, 'totalPartitions'));
  const size = number(at(policy, 'partitionSize'));
  if (partitions === undefined || size === undefined) return;
  if (partitions * size !== replicas) {
    const what = `${title} has ${replicas} replicas, but ${partitions} partitions of ${size} make ${partitions * size}`;
    yield fail(path, what, `Set replicas to ${partitions * size}.`);
  }
  const least = (number(at(policy, 'minPartitions')) ?? 0) * size;
  if (least > 0 && minAvailable !== undefined && minAvailable !== least) {
    const what = `${title} has minAvailable ${minAvailable}, but its least partitions make ${least} pods`;
    yield fail(path, what, `Set minAvailable of the task to ${least}, or leave it out.`);
  }
}

function* outOfRange(
  path: string,
  title: string,
  minAvailable: number | undefined,
  replicas: number,
): Iterable<Verdict> {
  if (minAvailable === undefined || (minAvailable >= 0 && minAvailable <= replicas)) return;
  yield fail(
    path,
    `${title} has minAvailable ${minAvailable} with ${replicas} replicas`,
    `Set minAvailable to ${replicas} at most.`,
  );
}

function replicasOf(task: JsonObject): number {
  return number(task['replicas']) ?? 0;
}

function number(value: Json | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
