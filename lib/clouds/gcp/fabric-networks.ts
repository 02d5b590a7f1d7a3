import type { PoolModel } from '../../model/platform-model.ts';
import { parseCidr, partOf } from '../cidr.ts';
import type { InstanceType } from '../instance-type.ts';

/** The networks of the cluster to which the interfaces of its machines with GPUDirect-TCPXO are attached; pools share them. */
export function fabricNetworks({ kind, devices = 0 }: InstanceType['fabric']): readonly string[] | undefined {
  if (kind !== 'gpudirect-tcpxo' || devices === 0) return undefined;
  return Array.from({ length: devices }, (_, index) => `gpu-${index}`);
}

/** The networks that the pools need. */
export function networksOf(pools: readonly Pick<PoolModel, 'fabric'>[]): readonly string[] {
  return [...new Set(pools.flatMap(({ fabric }) => fabric.networks ?? []))];
}

/** The networks that the pools need, each with its part of the range: no two interfaces of a machine share addresses. */
export function fabricSubnets(
  { pools }: { readonly pools: readonly Pick<PoolModel, 'fabric'>[] },
  range: string,
): readonly { readonly network: string; readonly cidr: string }[] {
  const whole = parseCidr(range);
  if (whole === undefined) return [];
  const networks = networksOf(pools);
  const prefix = whole.prefix + Math.ceil(Math.log2(networks.length));
  return networks.map((network, index) => ({ network, cidr: partOf(whole, prefix, index) }));
}
