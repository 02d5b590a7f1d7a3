import { fit001 } from './fit-001.ts';
import { fit002 } from './fit-002.ts';
import { fit003 } from './fit-003.ts';
import { fit006 } from './fit-006.ts';
import { fit007 } from './fit-007.ts';
import { fit008 } from './fit-008.ts';
import { fit010 } from './fit-010.ts';
import { fit011 } from './fit-011.ts';
import { fit017 } from './fit-017.ts';
import { fit021 } from './fit-021.ts';
import type { Policy } from './policy.ts';
import { quota001 } from './quota-001.ts';
import { quota002 } from './quota-002.ts';
import { quota003 } from './quota-003.ts';
import { quota006 } from './quota-006.ts';
import { quota009 } from './quota-009.ts';
import { quota010 } from './quota-010.ts';
import { quota011 } from './quota-011.ts';
import { quota016 } from './quota-016.ts';
import { quota017 } from './quota-017.ts';
import { quota018 } from './quota-018.ts';
import { quota019 } from './quota-019.ts';
import { quota033 } from './quota-033.ts';
import { quota034 } from './quota-034.ts';
import { quota035 } from './quota-035.ts';
import { sched001 } from './sched-001.ts';
import { sec001 } from './sec-001.ts';
import { sec012 } from './sec-012.ts';
import { sup001 } from './sup-001.ts';
import { sup012 } from './sup-012.ts';
import { taint001 } from './taint-001.ts';
import { taint002 } from './taint-002.ts';
import { taint003 } from './taint-003.ts';
import { taint006 } from './taint-006.ts';
import { taint008 } from './taint-008.ts';
import { taint009 } from './taint-009.ts';
import { taint011 } from './taint-011.ts';
import { taint012 } from './taint-012.ts';
import { taint013 } from './taint-013.ts';
import { taint015 } from './taint-015.ts';
import { taint019 } from './taint-019.ts';

/** Every rule, in the order of the ids. */
export const policies: readonly Policy[] = [
  fit001,
  fit002,
  fit003,
  fit006,
  fit007,
  fit008,
  fit010,
  fit011,
  fit017,
  fit021,
  quota001,
  quota002,
  quota003,
  quota006,
  quota009,
  quota010,
  quota011,
  quota016,
  quota017,
  quota018,
  quota019,
  quota033,
  quota034,
  quota035,
  sched001,
  sec001,
  sec012,
  sup001,
  sup012,
  taint001,
  taint002,
  taint003,
  taint006,
  taint008,
  taint009,
  taint011,
  taint012,
  taint013,
  taint015,
  taint019,
];
