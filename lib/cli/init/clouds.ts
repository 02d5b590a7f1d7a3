import type { CloudId } from '../../model/platform-model.ts';

/** What a new project says about its cloud. */
export interface ProjectCloud {
  /** Names to import from `cdk8s-ai`. */
  readonly imports: readonly string[];
  /** The `cloud` of the cluster, and whatever else the cluster says. */
  readonly cluster: string;
  /** The settings of the first pool: two nodes. */
  readonly pool: string;
  readonly gpusPerNode: number;
  /** The half that makes the cluster: where it is imported from, and the call. */
  readonly resources: { readonly from: string; readonly name: string; readonly entry: string };
  /** Packages of the Pulumi half beside `@pulumi/pulumi` and `@pulumi/kubernetes`. */
  readonly packages: readonly string[];
  /** What to do before the first `pulumi up`, in Markdown. */
  readonly before: string;
}

const QUOTAS = 'ask for what `npm run preflight` names';

/** The clouds that `cdk8s-ai init` knows. */
export const PROJECT_CLOUDS: Readonly<Record<CloudId, ProjectCloud>> = {
  aws: {
    imports: ['aws'],
    cluster: "cloud: aws({ region: 'us-east-1', zones: 3 }), kubernetesVersion: '1.35'",
    pool: "instanceType: 'p5.48xlarge', minNodes: 2, fabric: 'required'",
    gpusPerNode: 8,
    resources: { from: 'cdk8s-ai/aws', name: 'awsResources', entry: 'aws: awsResources()' },
    packages: ['@pulumi/aws'],
    before: `Log in to AWS (\`aws sso login\`), and ${QUOTAS}.`,
  },
  gcp: {
    imports: ['gcp'],
    cluster: "cloud: gcp({ project: 'my-project', region: 'us-central1', zones: 3 }), kubernetesVersion: '1.35'",
    pool: "instanceType: 'a3-ultragpu-8g', minNodes: 2, fabric: 'required'",
    gpusPerNode: 8,
    resources: { from: 'cdk8s-ai/gcp', name: 'gcpResources', entry: 'gcp: gcpResources()' },
    packages: ['@pulumi/gcp'],
    before: `Name your project in \`platform.ts\`, log in (\`gcloud auth application-default login\`), and ${QUOTAS}.`,
  },
  azure: {
    imports: ['azure'],
    cluster:
      "cloud: azure({ subscriptionId: '00000000-0000-0000-0000-000000000000', location: 'eastus' }), kubernetesVersion: '1.35'",
    pool: "instanceType: 'Standard_NC96ads_A100_v4', minNodes: 2",
    gpusPerNode: 4,
    resources: { from: 'cdk8s-ai/azure', name: 'azureResources', entry: 'azure: azureResources()' },
    packages: ['@pulumi/azure-native'],
    before: `Name your subscription in \`platform.ts\`, log in (\`az login\`), and ${QUOTAS}. ND machines have InfiniBand too: \`rdma: Rdma.shared({ driver: 'operator' })\` brings it to pods, which must be root to lock memory for it.`,
  },
  alibaba: {
    imports: ['alibaba'],
    cluster: "cloud: alibaba({ region: 'cn-hangzhou', zones: 3 }), kubernetesVersion: '1.35'",
    pool: "instanceType: 'ecs.ebmgn7e.32xlarge', minNodes: 2",
    gpusPerNode: 8,
    resources: { from: 'cdk8s-ai/alibaba', name: 'alibabaResources', entry: 'alibaba: alibabaResources()' },
    packages: ['@pulumi/alicloud'],
    before: `Log in to Alibaba Cloud (\`aliyun configure\`), and ${QUOTAS}.`,
  },
  existing: {
    imports: ['existing'],
    cluster: "cloud: existing({ context: 'my-cluster' }), kubernetesVersion: '1.35'",
    pool: "instanceType: 'dgx-h100', minNodes: 2, labels: { 'nvidia.com/gpu.product': 'NVIDIA-H100-80GB-HBM3' }, taints: [{ key: 'nvidia.com/gpu', value: 'present', effect: 'NoSchedule' }]",
    gpusPerNode: 8,
    resources: { from: 'cdk8s-ai/pulumi', name: 'existingResources', entry: 'existing: existingResources()' },
    packages: [],
    before:
      "Name your kubeconfig's context in `platform.ts`, and describe the pool as it is: labels, taints, number of nodes.",
  },
};
