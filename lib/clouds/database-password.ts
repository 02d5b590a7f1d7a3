import type { PlatformError } from '../model/errors.ts';
import type { ClusterModel } from '../model/platform-model.ts';
import type { DataService } from './cloud.ts';
import { cloudProblem } from './problems.ts';

/** What is wrong with a database without a password, on a cloud that makes none by itself. */
export function refuseWithoutPassword(
  { path, cloud: { id } }: ClusterModel,
  services: readonly DataService[],
  password: unknown,
): readonly PlatformError[] {
  if (!services.includes('database') || password !== undefined) return [];
  const what = `the database needs a password, and ${id} makes none`;
  const fix = `Write ${id}Resources({ databasePassword: new Config().requireSecret('databasePassword') }), and set it with pulumi config set --secret databasePassword.`;
  return [cloudProblem('secret', path, what, fix)];
}
