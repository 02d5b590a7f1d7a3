import type { JsonObject } from '../model/json.ts';
import { ackErdmaController } from './ack-erdma-controller.ts';
import { certManager } from './cert-manager.ts';
import { clusterAutoscaler } from './cluster-autoscaler.ts';
import type { ComponentDefinition, ComponentSettings } from './component.ts';
import { efaDevicePlugin } from './efa-device-plugin.ts';
import { envoyGateway } from './envoy-gateway.ts';
import { gatewayApi } from './gateway-api.ts';
import { gpuOperator } from './gpu-operator.ts';
import { gpudirectTcpxo } from './gpudirect-tcpxo.ts';
import { juiceFsCsiDriver } from './juicefs-csi-driver.ts';
import { knativeOperator } from './knative-operator.ts';
import { knativeServing } from './knative-serving.ts';
import { kserve } from './kserve.ts';
import { kubePrometheusStack } from './kube-prometheus-stack.ts';
import { networkOperator } from './network-operator.ts';
import { observability } from './observability.ts';
import { volcano } from './volcano.ts';

/** Every component, in the order of the ids. */
const catalogue = [
  ackErdmaController,
  efaDevicePlugin,
  certManager,
  clusterAutoscaler,
  envoyGateway,
  gatewayApi,
  gpuOperator,
  gpudirectTcpxo,
  juiceFsCsiDriver,
  knativeOperator,
  knativeServing,
  kserve,
  kubePrometheusStack,
  networkOperator,
  observability,
  volcano,
] as const;

/** Id of a component of the catalogue. */
export type ComponentId =
  | 'ack-erdma-controller'
  | 'aws-efa-k8s-device-plugin'
  | 'cert-manager'
  | 'cluster-autoscaler'
  | 'envoy-gateway'
  | 'gateway-api'
  | 'gpu-operator'
  | 'gpudirect-tcpxo'
  | 'juicefs-csi-driver'
  | 'knative-operator'
  | 'knative-serving'
  | 'kserve'
  | 'kube-prometheus-stack'
  | 'network-operator'
  | 'observability'
  | 'volcano';

type ValuesOf<Definition> = Definition extends ComponentDefinition<string, infer Values> ? Values : never;

/** What a user may say of each component: typed values, or that it is installed already. */
export type ComponentOverrides = {
  readonly [Definition in (typeof catalogue)[number] as Definition['id']]?: ComponentSettings<ValuesOf<Definition>>;
};

/** A component whose values are plain data: what `complete` works with. */
export type AnyComponent = ComponentDefinition<ComponentId, JsonObject>;

/** The components by id. */
export const components: ReadonlyMap<ComponentId, AnyComponent> = new Map(
  // Values are interfaces of plain data; here they are read as JSON and nothing more.
  catalogue.map((definition) => [definition.id, definition as unknown as AnyComponent]),
);
