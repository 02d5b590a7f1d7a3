// Pools of every kind that a user may write down, sensible or not.
import { Capacity, type GpuNodePoolProps, Rdma, Sharing } from 'cdk8s-ai';
import fc from 'fast-check';

/** What the generator has to know of a cloud. */
export interface CloudWords {
  /** Machine types of the catalogue. */
  readonly instanceTypes: readonly string[];
  /** Zones of the cluster, and one that is not. */
  readonly zones: readonly string[];
  /** A reservation as the cloud names it. */
  readonly reservation: string;
  /** Keys of labels and taints that mean something on the cloud. */
  readonly keys: readonly string[];
}

type Generated = { readonly [Prop in keyof Required<GpuNodePoolProps>]: fc.Arbitrary<GpuNodePoolProps[Prop]> };

/** Settings of a pool. A prop that is added to the pool does not compile until it is generated, and so seen in the cloud. */
export function anyPool(cloud: CloudWords): fc.Arbitrary<GpuNodePoolProps> {
  const owner = fc.constantFrom('cloud' as const, 'operator' as const);
  const props: Generated = {
    instanceType: fc.constantFrom(...cloud.instanceTypes),
    minNodes: fc.nat(5),
    maxNodes: fc.nat(9),
    capacity: anyCapacity(cloud.reservation),
    zone: fc.constantFrom(...cloud.zones),
    fabric: fc.constantFrom('required', 'auto', 'none'),
    rdma: fc.constantFrom(Rdma.advertised('rdma/ib'), Rdma.shared({ driver: 'operator' })),
    taints: fc.array(
      fc.record(
        {
          key: fc.constantFrom('team', 'example.com/lease', ...cloud.keys),
          value: fc.constantFrom('', 'a', 'true'),
          effect: fc.constantFrom('NoSchedule', 'PreferNoSchedule', 'NoExecute'),
        },
        { requiredKeys: ['key', 'effect'] },
      ),
      { maxLength: 4 },
    ),
    labels: fc.dictionary(
      fc.constantFrom('team', 'example.com/tier', 'cdk8s-ai.dev/pool', 'nvidia.com/mig.config', ...cloud.keys),
      fc.constantFrom('', 'a', 'true'),
      { maxKeys: 3 },
    ),
    sharing: fc.constantFrom(Sharing.timeSlicing(4), Sharing.mps(2), Sharing.mig({ '1g.10gb': 7 })),
    node: fc.constant({ memoryGiB: 512 }),
    driver: owner,
    devicePlugin: owner,
  };
  // Not too many at a time, or hardly a pool would be one that the cloud can make.
  const few = Object.keys(props).filter((prop) => !ALWAYS.includes(prop));
  return fc
    .tuple(fc.subarray(few, { maxLength: 5 }), fc.record(props as { [Prop in keyof Generated]: fc.Arbitrary<unknown> }))
    .map(([chosen, all]) => pick(all, [...ALWAYS, ...chosen]) as unknown as GpuNodePoolProps);
}

const ALWAYS = ['instanceType', 'minNodes'];

function anyCapacity(reservation: string) {
  return fc.oneof(
    fc.constant(Capacity.onDemand()),
    fc.constantFrom(undefined, 2.5, 0, -1, Number.NaN).map(Capacity.spot),
    fc.constantFrom(reservation, 'unheard-of').map(Capacity.reservation),
    fc.constant(Capacity.block('cr-0123456789abcdef0')),
    fc.constantFrom(24, 0, 1000).map(Capacity.flexStart),
    fc.constant(Capacity.queued()),
  );
}

function pick(from: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(from).filter(([name]) => names.includes(name)));
}
