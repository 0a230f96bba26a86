/** Questions about the marketplace's own people. */
import type { Instant } from '../base/clock.ts';
import type { Tx } from '../platform/postgres/database.ts';
import type { StaffClaims } from './access-token.rules.ts';
import type { StaffRole } from './partner.rules.ts';
import { StaffEntity, StaffRoleEntity, type StaffStatus } from './staff.entity.ts';

/** Answers false where somebody else has the e-mail address. */
export async function insertStaff(tx: Tx, staff: StaffEntity, roles: readonly StaffRole[]): Promise<boolean> {
  const inserted = await tx.query<unknown[]>(
    'insert into portico.staff (id, name, email, status, created_at) values ($1, $2, $3, $4, $5) on conflict (email) do nothing returning id',
    [staff.id, staff.name, staff.email, staff.status, staff.createdAt],
  );
  if (inserted.length === 0) return false;
  await tx.insert(
    StaffRoleEntity,
    roles.map(role => ({ staffId: staff.id, role })),
  );
  return true;
}

/** Answers whether the staff member exists. */
export async function setStaffStatus(tx: Tx, staffId: string, status: StaffStatus): Promise<boolean> {
  const { affected } = await tx.update(StaffEntity, { id: staffId }, { status });
  return affected === 1;
}

export interface StaffCaller {
  readonly staffId: string;
  readonly name: string;
  readonly roles: readonly StaffRole[];
}

/** The staff member behind a verified token while credential, person and token stand; else null. */
export async function findStaffCaller(tx: Tx, claims: StaffClaims, wallNow: Instant): Promise<StaffCaller | null> {
  const [caller] = await tx.query<StaffCaller[]>(
    `select s.id as "staffId", s.name, array(select role from portico.staff_role r where r.staff_id = s.id order by role) as roles
     from portico.staff_credential c join portico.staff s on s.id = c.staff_id
     where c.id = $1 and c.staff_id = $2 and c.revoked_at is null and (c.expires_at is null or c.expires_at > $3)
       and s.status = 'ACTIVE' and not exists (select from portico.staff_revoked_token r where r.token_id = $4)`,
    [claims.cred, claims.sub, new Date(wallNow), claims.jti],
  );
  return caller ?? null;
}
