/** The staff API's gate: whether a member of staff may still come in, and in the roles that the request
    was admitted by, asked by every statement in its own snapshot. */
import { given, sql, type Sql } from '../reads/index.ts';

/** One row without columns while credential, person and token stand and the roles are the same; else
    none. Given: staff_id, credential_id, token_id (text), wall_now (timestamptz), staff_roles (text[],
    sorted). */
export const staffGate: Sql = sql`select from portico.staff_credential c join portico.staff s on s.id = c.staff_id
where c.id = ${given('credential_id')} and c.staff_id = ${given('staff_id')}
  and c.revoked_at is null and (c.expires_at is null or c.expires_at > ${given('wall_now', 'timestamptz')}) and s.status = 'ACTIVE'
  and not exists (select from portico.staff_revoked_token t where t.token_id = ${given('token_id')})
  and array(select r.role from portico.staff_role r where r.staff_id = s.id order by r.role) = ${given('staff_roles', 'text[]')}`;
