/** What a new project says about its cloud. */
export interface ProjectCloud {
  /** Names to import from `cdk8s-ai`. */
  readonly imports: readonly string[];
  /** The `cloud` of the cluster, and whatever else the cluster says. */
  readonly cluster: string;
  /** The settings of the first pool. */
  readonly pool: string;
  /** The half that makes the cluster: where it is imported from, and the call. */
  readonly resources: { readonly from: string; readonly name: string; readonly entry: string };
  /** Packages of the Pulumi half beside `@pulumi/pulumi` and `@pulumi/kubernetes`. */
  readonly packages: readonly string[];
  /** What to do before the first `pulumi up`, in Markdown. */
  readonly before: string;
}

/** The clouds that `cdk8s-ai init` knows, one entry each. */
export const PROJECT_CLOUDS: Readonly<Record<string, ProjectCloud>> = {
  aws: {
    imports: ['aws'],
    cluster: "cloud: aws({ region: 'us-east-1', zones: 3 }), kubernetesVersion: '1.35'",
    pool: "instanceType: 'p5.48xlarge', minNodes: 2, maxNodes: 2, fabric: 'required'",
    resources: { from: 'cdk8s-ai/aws', name: 'awsResources', entry: 'aws: awsResources()' },
    packages: ['@pulumi/aws'],
    before: 'Log in to AWS (`aws sso login`) and raise the quotas that `npx cdk8s-ai preflight platform.ts` names.',
  },
  existing: {
    imports: ['existing'],
    cluster: "cloud: existing({ context: 'my-cluster' }), kubernetesVersion: '1.35'",
    pool: "instanceType: 'dgx-h100', minNodes: 2, labels: { 'nvidia.com/gpu.product': 'NVIDIA-H100-80GB-HBM3' }, taints: [{ key: 'nvidia.com/gpu', value: 'present', effect: 'NoSchedule' }]",
    resources: { from: 'cdk8s-ai/pulumi', name: 'existingResources', entry: 'existing: existingResources()' },
    packages: [],
    before:
      "Name your kubeconfig's context in `platform.ts`, and describe the pool as it is: labels, taints, number of nodes.",
  },
};
