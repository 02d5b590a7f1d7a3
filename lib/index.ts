// What a program imports. Pulumi lives behind `cdk8s-ai/pulumi` and the clouds' own subpaths, cdk8s-plus behind `cdk8s-ai/plus`.
export { Duration } from 'cdk8s';
export { type AlibabaProps, type AlibabaService, alibaba } from './clouds/alibaba/facts.ts';
export type { AlibabaStorageClass } from './clouds/alibaba/storage-classes.ts';
export { type AwsProps, aws } from './clouds/aws/facts.ts';
export type { AwsStorageClass } from './clouds/aws/storage-classes.ts';
export { type AzureProps, azure } from './clouds/azure/facts.ts';
export type { AzureStorageClass } from './clouds/azure/storage-classes.ts';
export type { Cloud, DataService } from './clouds/cloud.ts';
export { type ExistingProps, existing } from './clouds/existing/facts.ts';
export { type GcpProps, gcp } from './clouds/gcp/facts.ts';
export type { GcpStorageClass } from './clouds/gcp/storage-classes.ts';
export type { InstanceType } from './clouds/instance-type.ts';
export {
  type AdvertisedRdmaProps,
  Rdma,
  type RdmaProps,
  type SharedRdmaProps,
  type SriovRdmaProps,
} from './clouds/rdma.ts';
export type { ComponentSettings } from './components/component.ts';
export type { ComponentId, ComponentOverrides } from './components/index.ts';
export { AiCluster, type AiClusterProps, type SystemPoolProps } from './constructs/ai-cluster.ts';
export type { Amount } from './constructs/amount.ts';
export { Callers, type ServiceCallers, type TokenIssuer } from './constructs/callers.ts';
export { Framework } from './constructs/framework.ts';
export {
  Capacity,
  GpuNodePool,
  type GpuNodePoolProps,
  type IGpuNodePool,
  Sharing,
} from './constructs/gpu-node-pool.ts';
export {
  InferenceService,
  type InferenceServiceProps,
  type ServiceCanary,
  type ServiceScale,
} from './constructs/inference-service.ts';
export type { Checkpoint } from './constructs/job-files.ts';
export {
  type MlflowProps,
  ModelRegistry,
  type ModelRegistryProps,
  type RegisteredModelOptions,
  Registry,
  type RegistryBackend,
  type RegistryDatabase,
  type RegistryStore,
} from './constructs/model-registry.ts';
export type { ModelSource } from './constructs/model-source.ts';
export { NcclTest, type NcclTestProps } from './constructs/nccl-test.ts';
export { Platform, type PlatformProps } from './constructs/platform.ts';
export { type CustomOptions, Runtime, type TritonOptions, type VllmOptions } from './constructs/runtime.ts';
export {
  type JuiceFsProps,
  SharedDataset,
  type SharedDatasetProps,
  Storage,
  type StorageProps,
} from './constructs/shared-dataset.ts';
export { type Priority, Tenant, type TenantProps } from './constructs/tenant.ts';
export { TrainingJob, type TrainingJobProps } from './constructs/training-job.ts';
export { TrainingQueue, type TrainingQueueProps } from './constructs/training-queue.ts';
export { PlatformError } from './model/errors.ts';
export type { Json, JsonObject } from './model/json.ts';
export type { Labels, Manifest, Taint, TaintEffect, Toleration } from './model/kubernetes.ts';
export type * from './model/platform-model.ts';
export type { PlatformStream } from './model/platform-stream.ts';
export type { MigLayout, SharingModel } from './model/sharing.ts';
export { type Bindings, Ref, type RefScalar, type Value } from './model/value.ts';
export { check, type Finding, type Report } from './policies/check.ts';
export type { Policy, Severity, Verdict } from './policies/policy.ts';
export { Scheduler, type SchedulerBackend } from './schedulers/index.ts';
