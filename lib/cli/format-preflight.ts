import type { AddressNeed, Range } from '../clouds/preflight.ts';
import type { CostEstimate, PoolNeeds, PreflightSheet, QuotaNeed, ReservationNeed } from '../preflight/preflight.ts';

/** The sheet of a cluster as a person reads it. */
export function formatPreflight(sheet: PreflightSheet): string {
  return `${[titleOf(sheet), ...linesOf(sheet).map((line) => `  ${line}`)].join('\n')}\n`;
}

/** Which cluster a sheet is about. */
export function titleOf({ cluster, cloud, region }: PreflightSheet): string {
  return `cluster ${cluster} on ${cloud}${region === undefined ? '' : ` in ${region}`}`;
}

/** What a sheet says, a line each. */
export function linesOf(sheet: PreflightSheet): readonly string[] {
  const { quotaPage } = sheet;
  return [
    ...sheet.pools.map(pool),
    ...sheet.quotas.map(quota),
    ...(quotaPage === undefined ? [] : [`quotas are raised at ${quotaPage}`]),
    ...sheet.addresses.map(address),
    ...sheet.reservations.map(reservation),
    ...sheet.prerequisites.map((one) => `needed first: ${one}`),
    ...sheet.permissions.map((one) => `the deploying identity needs: ${one}`),
    ...sheet.unknown.map((one) => `not known: ${one}`),
    ...cost(sheet.cost),
  ];
}

function pool({ pool: name, nodes, instanceType, capacity, accelerators, interfaces }: PoolNeeds): string {
  const fabric = interfaces.max === 0 ? '' : `, ${range(interfaces)} fabric interfaces`;
  return `pool ${name}: ${range(nodes)} x ${instanceType} (${capacity}), ${range(accelerators)} accelerators${fabric}`;
}

function quota({ name, unit, amount, uncounted }: QuotaNeed): string {
  const more = uncounted.length === 0 ? '' : `, and what ${uncounted.join(', ')} takes, which is not known`;
  return `quota '${name}': ${range(amount)} ${unit}${more}`;
}

function address({ name, needed, range: from, available }: AddressNeed): string {
  const there = available === undefined ? '' : ` of ${available}`;
  const lacking = available !== undefined && needed.max > available ? ': TOO FEW' : '';
  return `addresses for ${name}: ${range(needed)}${there}${from === undefined ? '' : ` in ${from}`}${lacking}`;
}

function reservation({ pool: name, kind, id, instanceType, nodes, zone }: ReservationNeed): string {
  const where = zone === undefined ? '' : ` in ${zone}`;
  return `bought first: ${kind} ${id} with ${range(nodes)} x ${instanceType}${where}, for pool ${name}`;
}

function cost(estimate: CostEstimate | undefined): readonly string[] {
  if (estimate === undefined) return ['cost: nothing is bought'];
  const { perHour, currency, basis, unpriced } = estimate;
  const missing = unpriced.join(', ');
  if (basis.length === 0) return [`cost: no price known of any pool: ${missing}`];
  const amount = `${range(perHour)} ${currency} an hour`;
  return [
    `estimated cost of the machines: ${amount} (${basis.join('; ')}; without disks, network and support)`,
    ...(unpriced.length === 0 ? [] : [`not in the estimate, no price known: ${missing}`]),
  ];
}

function range({ min, max }: Range): string {
  return min === max ? String(min) : `${min} to ${max}`;
}
