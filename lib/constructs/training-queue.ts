import { Construct } from 'constructs';
import { PlatformError } from '../model/errors.ts';
import type { QueueModel } from '../model/platform-model.ts';
import type { SchedulerBackend } from '../schedulers/index.ts';
import { AiCluster } from './ai-cluster.ts';
import { type Amount, amountModels } from './amount.ts';
import { declareFact } from './fact.ts';
import { LeafChart } from './leaf-chart.ts';
import { dnsLabel, pathOf } from './names.ts';
import { Tenant } from './tenant.ts';

/** Settings of a queue. */
export interface TrainingQueueProps {
  /**
   * The back end that starts the jobs. A queue under another queue has its parent's.
   *
   * @default - the parent queue's
   */
  readonly scheduler?: SchedulerBackend;
  /**
   * What nobody takes from this queue once it has it, and what it gets back from queues that use more than they deserve.
   * Volcano holds nothing free in advance. A job of which it takes a worker back starts again as a whole when there is
   * room, or goes on with the others when it says `minWorkers`.
   *
   * @default - nothing
   */
  readonly guarantee?: readonly Amount[];
  /** Its fair share: what it gets back from others that borrowed it. @default - the guarantee */
  readonly deserved?: readonly Amount[];
  /** The most it may use, borrowed devices included. @default - no limit but the pools and the tenant's quota */
  readonly capability?: readonly Amount[];
  /** Whether others may take back what it borrowed beyond `deserved`. @default true */
  readonly reclaimable?: boolean;
  /** Name of the queue, which is shared by the whole cluster. @default - tenant, parent queues and id joined with '-' */
  readonly queueName?: string;
}

/** A queue of training jobs, of a tenant, of the whole cluster, or below another queue. */
export class TrainingQueue extends Construct {
  readonly queue: QueueModel;
  readonly scheduler: SchedulerBackend;
  /** The cluster that the queue is in. */
  readonly cluster: AiCluster;
  /** The tenant whose jobs run here, when the queue is a tenant's. */
  readonly tenant?: Tenant;

  /**
   * @throws PlatformError QUEUE-001 when no back end is given or it differs from the parent's; SCHED-002 when the
   *   cluster cannot run the back end; NAME-001 when the name is no DNS label
   */
  constructor(scope: AiCluster | Tenant | TrainingQueue, id: string, props: TrainingQueueProps) {
    super(scope, id);
    const parent = scope instanceof TrainingQueue ? scope : undefined;
    const tenant = scope instanceof Tenant ? scope : parent?.tenant;
    if (tenant !== undefined) this.tenant = tenant;
    this.cluster = clusterOf(this);
    this.scheduler = backend(this, props.scheduler, parent?.scheduler);
    this.scheduler.requireOn(this.cluster, this);
    const prefix = parent?.queue.name ?? tenant?.tenantName;
    const guarantee = amountModels(props.guarantee ?? []);
    this.queue = {
      name: dnsLabel(this, 'queue name', props.queueName ?? (prefix === undefined ? id : `${prefix}-${id}`)),
      path: pathOf(this),
      scheduler: this.scheduler.id,
      ...(tenant === undefined ? {} : { tenant: tenant.tenantName }),
      ...(parent === undefined ? {} : { parent: parent.queue.name }),
      guarantee,
      // A guarantee without a share of its own is refused by Volcano.
      deserved: props.deserved === undefined ? guarantee : amountModels(props.deserved),
      capability: amountModels(props.capability ?? []),
      reclaimable: props.reclaimable ?? true,
    };
    declareFact(this, { kind: 'queue', model: this.queue });
    const objects = Object.entries(this.scheduler.queueObjects(this.queue));
    if (objects.length === 0) return;
    const chart = new LeafChart(this, { id: `queue-${this.queue.name}`, kind: 'queue', runOnce: false });
    for (const [key, manifest] of objects) chart.add(key, manifest);
  }
}

function backend(
  queue: TrainingQueue,
  own: SchedulerBackend | undefined,
  parents: SchedulerBackend | undefined,
): SchedulerBackend {
  if (own !== undefined && parents !== undefined && own.id !== parents.id) {
    throw new PlatformError(
      'QUEUE-001',
      pathOf(queue),
      `the queue asks for '${own.id}', its parent for '${parents.id}'`,
      'Leave scheduler out: a queue has the back end of its parent.',
    );
  }
  const chosen = own ?? parents;
  if (chosen !== undefined) return chosen;
  throw new PlatformError(
    'QUEUE-001',
    pathOf(queue),
    'nothing says which back end starts the jobs of this queue',
    'Set scheduler: Scheduler.volcano().',
  );
}

function clusterOf(construct: Construct): AiCluster {
  const cluster = construct.node.scopes.find((scope): scope is AiCluster => scope instanceof AiCluster);
  if (cluster !== undefined) return cluster;
  throw new PlatformError(
    'PLACE-001',
    pathOf(construct),
    'it is outside of any cluster',
    'Create it under an AiCluster.',
  );
}
