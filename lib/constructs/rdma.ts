import type { Construct } from 'constructs';
import type { InstanceType } from '../clouds/instance-type.ts';
import type { RdmaProps } from '../clouds/rdma.ts';
import { PlatformError } from '../model/errors.ts';
import type { FabricModel, RdmaModel } from '../model/platform-model.ts';
import { pathOf } from './names.ts';
import { networksOf } from './rdma-networks.ts';

/**
 * Pods that may share the interfaces of a node: more than it has GPUs, so they never keep a worker waiting.
 *
 * @see https://docs.nvidia.com/networking/display/kubernetes2640/quick-start/ipoib-rdma-shared.html
 */
const SHARED_PODS = 63;

/** The fabric of a pool whose interfaces are there. */
export function rdmaFabric(
  pool: Construct,
  { name, maxNodes, required }: { readonly name: string; readonly maxNodes: number; readonly required: boolean },
  type: InstanceType,
  props: RdmaProps,
): FabricModel {
  const { kind } = type.fabric;
  const perNode = (props.mode === 'advertised' ? undefined : props.interfaces?.length) ?? type.fabric.devices ?? 0;
  if (perNode === 0) {
    throw rdmaProblem(
      pool,
      `nobody knows how many interfaces a '${type.name}' has`,
      "Name them, such as interfaces: ['ibp24s0'], or register the machine type with its number.",
    );
  }
  const fabric = {
    kind,
    required,
    perNode,
    ...(props.lockedMemory === 'unlimited' ? {} : { lockedMemory: 'limited' as const }),
  };
  if (props.mode === 'advertised') {
    const { resource, sharedBy } = props;
    return { ...fabric, resource, ...(sharedBy === undefined ? {} : { sharedBy }) };
  }
  checkOperated(pool, type, props);
  return {
    ...fabric,
    rdma: {
      mode: props.mode,
      interfaces: props.interfaces ?? [],
      devices: devicesOf(name, props),
      driver: props.driver ?? 'host',
      // Each worker has a GPU at least, and functions of its own where there are any.
      networks: networksOf(pool, name, props, {
        nodes: maxNodes,
        perNode: props.mode === 'sriov' ? (props.functions ?? 1) : type.accelerator.perNode,
      }),
    },
  };
}

type Operated = Exclude<RdmaProps, { readonly mode: 'advertised' }>;

function devicesOf(name: string, props: Operated): RdmaModel['devices'] {
  if (props.mode === 'shared') return { [`rdma/${name}`]: SHARED_PODS };
  // The SR-IOV device plugin takes no hyphens.
  const stem = name.replaceAll('-', '_');
  return Object.fromEntries(props.interfaces.map((_, index) => [`rdma/${stem}_${index}`, props.functions ?? 1]));
}

function checkOperated(pool: Construct, { name, fabric: { kind }, accelerator }: InstanceType, props: Operated): void {
  if (kind !== 'infiniband' && kind !== 'roce') {
    throw rdmaProblem(
      pool,
      `Network Operator does not bring the ${kind} interfaces of '${name}' to pods`,
      'Leave rdma out, or use Rdma.advertised() with the name of a device plugin that is there.',
    );
  }
  if (accelerator.vendor !== 'nvidia') {
    throw rdmaProblem(
      pool,
      `Network Operator finds its nodes by labels that come with the GPU Operator, and '${name}' has no NVIDIA GPUs`,
      'Use Rdma.advertised() with the name of a device plugin that is there.',
    );
  }
  const strange = (props.interfaces ?? []).find((one) => !/^[A-Za-z0-9._-]{1,15}$/.test(one));
  if (strange !== undefined)
    throw rdmaProblem(pool, `'${strange}' is no name of an interface`, "Write it as 'ibp24s0'.");
  const functions = props.mode === 'sriov' ? (props.functions ?? 1) : 1;
  if (!Number.isInteger(functions) || functions < 1) {
    throw rdmaProblem(pool, `functions is ${functions}`, 'Set functions to a whole number of at least 1.');
  }
  if (kind === 'roce' && props.addresses === undefined) {
    throw rdmaProblem(
      pool,
      'pods need addresses on RoCE, and none are given',
      "Set addresses to a range that nothing else uses, such as '10.64.0.0/16'.",
    );
  }
  if (props.addresses !== undefined && (props.interfaces ?? []).length === 0) {
    throw rdmaProblem(
      pool,
      'addresses are given, but not the interfaces that they are for',
      "Name the interfaces, such as interfaces: ['ens1f0np0'].",
    );
  }
}

/** Settings that make no sense together, or on these machines. */
export function rdmaProblem(pool: Construct, what: string, fix: string): PlatformError {
  return new PlatformError('FABRIC-002', pathOf(pool), what, fix);
}
