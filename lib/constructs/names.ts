import type { IConstruct } from 'constructs';
import { PlatformError } from '../model/errors.ts';

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** The construct path as findings show it. */
export function pathOf(construct: IConstruct): string {
  return construct.node.path === '' ? construct.node.id : construct.node.path;
}

/**
 * The name, when Kubernetes accepts it as a DNS label of at most `limit` characters.
 *
 * @throws PlatformError NAME-001 otherwise, with a name that would do
 */
export function dnsLabel(construct: IConstruct, what: string, name: string, limit = 63): string {
  if (DNS_LABEL.test(name) && name.length <= limit) return name;
  const suggestion = suggest(name, limit);
  throw new PlatformError(
    'NAME-001',
    pathOf(construct),
    `the ${what} ${JSON.stringify(name)} is not a name that Kubernetes accepts`,
    `Use lower-case letters, digits and '-', at most ${limit} characters${suggestion === '' ? '' : `, such as '${suggestion}'`}.`,
  );
}

/** Whether the text is a DNS-1123 subdomain, which is what most object names must be. */
export function isDnsSubdomain(name: string): boolean {
  return name.length <= 253 && DNS_SUBDOMAIN.test(name);
}

function suggest(name: string, limit: number): string {
  return name
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, limit)
    .replace(/-+$/, '');
}
