/** Label that every node of a pool of ours carries: the pool's name. Workloads select it, never a cloud's own label. */
export const POOL_LABEL = 'cdk8s-ai.dev/pool';
/** Label with the accelerator's model, such as `H100`. */
export const ACCELERATOR_LABEL = 'cdk8s-ai.dev/accelerator';
/** Label with the kind of fabric, such as `efa`. */
export const FABRIC_LABEL = 'cdk8s-ai.dev/fabric';
