// Names that constructs give and that the clouds must know.

/** The service account under which a tenant's jobs run, in the tenant's namespace. It has no token of Kubernetes. */
export const WORKLOAD_SERVICE_ACCOUNT = 'workload';

/** Where the JuiceFS driver and its mount pods run, and the Secrets of file systems lie: no tenant reads them there. */
export const JUICEFS_NAMESPACE = 'juicefs';

/** The JuiceFS client of mount pods and of warm-up: they talk to each other, so they are of one version. */
export const JUICEFS_IMAGE = 'juicedata/mount:ce-v1.4.1';

/** What each mount pod asks for of its node. */
export const MOUNT_POD = { cpuMillis: 1000, memoryMiB: 1024 } as const;
