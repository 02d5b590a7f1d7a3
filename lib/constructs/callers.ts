import type { Manifest } from '../model/kubernetes.ts';
import type { ServiceModel } from '../model/platform-model.ts';

/** How callers of a model server say who they are. Made by `Callers.apiKeys()` and the like. */
export type ServiceCallers =
  | { readonly kind: 'apiKeys'; readonly secretName: string }
  | ({ readonly kind: 'tokens' } & TokenIssuer);

/** Who gives out tokens, and for whom. */
export interface TokenIssuer {
  /** What the tokens have as their issuer, such as `https://login.example.com`. */
  readonly issuer: string;
  /** Address of the keys with which they are signed. */
  readonly jwksUri: string;
  /** What the tokens must be meant for, one of them. @default - anything of the issuer */
  readonly audiences?: readonly string[];
}

/** The ways in which callers say who they are. */
export const Callers = {
  /**
   * By a key in the header `x-api-key`, or after `Bearer` in `Authorization`, as clients of OpenAI's API send it.
   *
   * @param secretName a Secret in the tenant's namespace, made by the team, with a key for each client under its name
   */
  apiKeys: (secretName: string): ServiceCallers => ({ kind: 'apiKeys', secretName }),
  /** By a signed token (JWT) after `Bearer` in `Authorization`. */
  tokens: (issuer: TokenIssuer): ServiceCallers => ({ kind: 'tokens', ...issuer }),
} as const;

/**
 * What makes Envoy Gateway ask the callers of a service.
 *
 * @see https://gateway.envoyproxy.io/docs/concepts/gateway_api_extensions/security-policy/
 */
export function securityPolicy({ name, namespace, canary }: ServiceModel, callers: ServiceCallers): Manifest {
  // KServe makes a second route, to the predictor, which would let everybody pass; with a canary there is our own alone.
  const routes = canary === undefined ? [name, `${name}-predictor`] : [name];
  return {
    apiVersion: 'gateway.envoyproxy.io/v1alpha1',
    kind: 'SecurityPolicy',
    metadata: { name: `${name}-callers`, namespace },
    spec: {
      targetRefs: routes.map((route) => ({ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: route })),
      ...ways(callers),
    },
  };
}

function ways(callers: ServiceCallers) {
  if (callers.kind === 'apiKeys') {
    return {
      apiKeyAuth: {
        // The API server adds group and kind, and a GitOps controller would see a difference.
        credentialRefs: [{ group: '', kind: 'Secret', name: callers.secretName }],
        extractFrom: [{ headers: ['x-api-key', 'authorization'] }],
        sanitize: true,
      },
    };
  }
  const { issuer, jwksUri, audiences = [] } = callers;
  const provider = { name: 'callers', issuer, remoteJWKS: { uri: jwksUri } };
  return { jwt: { providers: [audiences.length === 0 ? provider : { ...provider, audiences: [...audiences] }] } };
}
