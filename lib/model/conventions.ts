// Names that constructs give and that the clouds must know.

/** The service account under which a tenant's jobs run, in the tenant's namespace. It has no token of Kubernetes. */
export const WORKLOAD_SERVICE_ACCOUNT = 'workload';
