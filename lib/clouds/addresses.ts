import type { PlatformError } from '../model/errors.ts';
import { overlap, parseCidr } from './cidr.ts';
import { cloudProblem } from './problems.ts';

/** What is wrong with address ranges that must be ranges, and apart from each other. */
export function refuseRanges(path: string, ranges: Readonly<Record<string, string>>): readonly PlatformError[] {
  const given = Object.entries(ranges);
  const bad = given.filter(([, cidr]) => parseCidr(cidr) === undefined);
  if (bad.length > 0) {
    return bad.map(([name, cidr]) =>
      cloudProblem(
        'addresses',
        path,
        `${name} '${cidr}' is no range of addresses`,
        "Write one that begins where a range of its size may, such as '10.0.0.0/16'.",
      ),
    );
  }
  return given.flatMap(([name, cidr], index) =>
    given.slice(index + 1).flatMap(([other, otherCidr]) => {
      const [a, b] = [parseCidr(cidr), parseCidr(otherCidr)];
      if (a === undefined || b === undefined || !overlap(a, b)) return [];
      const what = `${name} ${cidr} and ${other} ${otherCidr} have addresses in common`;
      return [cloudProblem('addresses', path, what, `Move ${other} to another range.`)];
    }),
  );
}
