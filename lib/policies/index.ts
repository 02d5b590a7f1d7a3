import { avail001 } from './avail-001.ts';
import { avail002 } from './avail-002.ts';
import { avail004 } from './avail-004.ts';
import { avail009 } from './avail-009.ts';
import { avail010 } from './avail-010.ts';
import { fit001 } from './fit-001.ts';
import { fit002 } from './fit-002.ts';
import { fit003 } from './fit-003.ts';
import { fit006 } from './fit-006.ts';
import { fit007 } from './fit-007.ts';
import { fit008 } from './fit-008.ts';
import { fit010 } from './fit-010.ts';
import { fit011 } from './fit-011.ts';
import { fit013 } from './fit-013.ts';
import { fit014 } from './fit-014.ts';
import { fit015 } from './fit-015.ts';
import { fit016 } from './fit-016.ts';
import { fit017 } from './fit-017.ts';
import { fit021 } from './fit-021.ts';
import { fit024 } from './fit-024.ts';
import { fit025 } from './fit-025.ts';
import { fit027 } from './fit-027.ts';
import type { Policy } from './policy.ts';
import { quota001 } from './quota-001.ts';
import { quota002 } from './quota-002.ts';
import { quota003 } from './quota-003.ts';
import { quota004 } from './quota-004.ts';
import { quota005 } from './quota-005.ts';
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
import { sec006 } from './sec-006.ts';
import { sec007 } from './sec-007.ts';
import { sec009 } from './sec-009.ts';
import { sec012 } from './sec-012.ts';
import { sec015 } from './sec-015.ts';
import { sec017 } from './sec-017.ts';
import { sec021 } from './sec-021.ts';
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
import { taint014 } from './taint-014.ts';
import { taint015 } from './taint-015.ts';
import { taint016 } from './taint-016.ts';
import { taint018 } from './taint-018.ts';
import { taint019 } from './taint-019.ts';
import { taint020 } from './taint-020.ts';

/** Every rule, in the order of the ids. */
export const policies: readonly Policy[] = [
  avail001,
  avail002,
  avail004,
  avail009,
  avail010,
  fit001,
  fit002,
  fit003,
  fit006,
  fit007,
  fit008,
  fit010,
  fit011,
  fit013,
  fit014,
  fit015,
  fit016,
  fit017,
  fit021,
  fit024,
  fit025,
  fit027,
  quota001,
  quota002,
  quota003,
  quota004,
  quota005,
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
  sec006,
  sec007,
  sec009,
  sec012,
  sec015,
  sec017,
  sec021,
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
  taint014,
  taint015,
  taint016,
  taint018,
  taint019,
  taint020,
];
