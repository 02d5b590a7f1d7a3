import { rowsOf } from '../instance-type.ts';

/** One network interface of an instance. */
export interface NetworkInterface {
  readonly networkCardIndex: number;
  readonly deviceIndex: number;
  /** `efa-only` carries no addresses, so 32 of them do not empty a subnet. */
  readonly interfaceType: 'interface' | 'efa-only';
}

/**
 * The interfaces of an instance with Elastic Fabric Adapters: an ordinary one for addresses on the first card, and one
 * adapter on every card. Where there is one card more than adapters, the first card has none.
 *
 * @see https://github.com/aws/karpenter-provider-aws/blob/main/designs/efa-for-static-capacity.md
 */
export function networkInterfaces(instanceType: string, adapters: number): readonly NetworkInterface[] {
  const cards = rowsOf('aws').find((row) => row.instanceType === instanceType)?.networkCards ?? adapters;
  const first = cards - adapters;
  return [
    { networkCardIndex: 0, deviceIndex: 0, interfaceType: 'interface' },
    ...Array.from(
      { length: adapters },
      (_, index): NetworkInterface => ({
        networkCardIndex: first + index,
        deviceIndex: 1,
        interfaceType: 'efa-only',
      }),
    ),
  ];
}
