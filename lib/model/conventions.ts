// Names that constructs give and that the clouds must know.

/** The service account under which a tenant's jobs run, in the tenant's namespace. It has no token of Kubernetes. */
export const WORKLOAD_SERVICE_ACCOUNT = 'workload';

/** Where the JuiceFS driver and its mount pods run, and the Secrets of file systems lie: no tenant reads them there. */
export const JUICEFS_NAMESPACE = 'juicefs';

/** What each mount pod asks for of its node. */
export const MOUNT_POD = { cpuMillis: 1000, memoryMiB: 1024 } as const;

/** The namespace of the gateway through which requests reach model servers, and those of Knative's own. */
export const GATEWAY_NAMESPACE = 'envoy-gateway-system';
export const KNATIVE_NAMESPACES = ['knative-serving', 'kourier-system'] as const;

/** The gateway of KServe, in KServe's namespace. */
export const KSERVE_GATEWAY = { namespace: 'kserve', name: 'kserve-ingress-gateway' } as const;

/** Time for a request to a model server, beyond which the gateway gives up: long answers of language models take minutes. */
export const REQUEST_SECONDS = 300;

/** Annotation of pods that may be interrupted at any time, and so may run on spot nodes: they lose nothing that matters. */
export const INTERRUPTIBLE = 'cdk8s-ai.dev/interruptible';

/** Variable that tells the programs of a job how often to save their progress: with it a job may be interrupted, too. */
export const CHECKPOINT_INTERVAL = 'CHECKPOINT_INTERVAL_SECONDS';

/** Selects the pods of training jobs, for which whoever empties a node waits. */
export const TRAINING_PODS = 'app.kubernetes.io/component=training';
