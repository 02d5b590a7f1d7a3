import type { StorageClassModel } from './platform-model.ts';

/** The first of the classes that gives all of the access modes, one that waits for the pod before one that does not. */
export function classGiving(
  classes: readonly StorageClassModel[],
  accessModes: readonly string[],
): StorageClassModel | undefined {
  const giving = classes.filter(({ accessModes: given }) =>
    accessModes.every((mode) => given?.some((one) => one === mode) === true),
  );
  // A disk that is made before its pod may be in a zone where the pod cannot run.
  return giving.find(({ bindingMode }) => bindingMode === 'WaitForFirstConsumer') ?? giving[0];
}
