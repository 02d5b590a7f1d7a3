/**
 * Settings with which the official plugins start, check and plan without their cloud: credentials of nobody, and none of the
 * questions that a plugin asks of its cloud beforehand. Everything but text is JSON, as the SDK sends it.
 */
import type { Cloud } from './plugins.ts';

const NOBODY = '00000000-0000-0000-0000-000000000000';

export const offlineSettings: { readonly [cloud in Cloud]: { readonly [setting: string]: string } } = {
  alicloud: { accessKey: 'nobody', secretKey: 'nobody', skipRegionValidation: 'true' },
  aws: {
    accessKey: 'nobody',
    secretKey: 'nobody',
    skipCredentialsValidation: 'true',
    skipMetadataApiCheck: 'true',
    skipRegionValidation: 'true',
    skipRequestingAccountId: 'true',
  },
  'azure-native': { clientId: NOBODY, clientSecret: 'nobody', subscriptionId: NOBODY, tenantId: NOBODY },
  gcp: { accessToken: 'nobody', skipRegionValidation: 'true' },
};
