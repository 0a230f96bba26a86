/** The SQL of the registry as gateways hold it: everything that can alter what the API does. */
import type { Tx } from '../platform/postgres/database.ts';
import type { Criticality } from './notice.rules.ts';
import type { BrownoutWindow, Verdict } from './notice-state.rules.ts';
import { RegistrySnapshot, type OptOut, type RegisteredNotice, type RetirementVerdict } from './registry.rules.ts';

/** A bigint as text. */
export async function registryRevision(tx: Tx): Promise<string> {
  const [row] = await tx.query<{ revision: string }[]>('select revision::text as revision from portico.registry_revision');
  return row!.revision;
}

interface Row {
  id: string;
  coordinate: string;
  description: string;
  reason: string;
  replacement: string | null;
  noReplacement: string | null;
  migrationGuide: string;
  criticality: Criticality;
  announcedOn: string;
  deprecatedOn: string;
  removedIn: string | null;
  emergencySunsetOn: string | null;
  emergencyReason: string | null;
  isWithdrawn: boolean;
  brownouts: BrownoutWindow[];
  registeredAt: number;
  verdicts: Verdict[];
}

/** The picture of now, in one statement and so of one instant. */
export async function loadRegistry(tx: Tx): Promise<RegistrySnapshot> {
  const [row] = await tx.query<{ revision: string; notices: Row[]; opt_outs: OptOut[]; retirements: RetirementVerdict[] }[]>(
    `select (select revision::text from portico.registry_revision) as revision,
       (select coalesce(json_agg(n), '[]') from (
         select n.id, n.coordinate, n.description, n.reason, n.replacement, n.no_replacement as "noReplacement", n.migration_guide as "migrationGuide", n.criticality,
           n.announced_on::text as "announcedOn", n.deprecated_on::text as "deprecatedOn", n.removed_in as "removedIn", n.emergency_sunset_on::text as "emergencySunsetOn",
           n.emergency_reason as "emergencyReason", n.review = 'WITHDRAWN' as "isWithdrawn", extract(epoch from n.approved_at) * 1000 as "registeredAt",
           (select coalesce(json_agg(json_build_object('id', w.id, 'startsAt', extract(epoch from w.starts_at) * 1000, 'endsAt', extract(epoch from w.ends_at) * 1000,
               'abortedAt', extract(epoch from a.aborted_at) * 1000) order by w.starts_at, w.id), '[]')
             from portico.brownout_window w left join portico.brownout_abort a on a.window_id = w.id where w.notice_id = n.id) as brownouts,
           (select coalesce(json_agg(json_build_object('verdict', v.verdict, 'decidedAt', extract(epoch from v.decided_at) * 1000) order by v.decided_at, v.id), '[]')
             from portico.removal_verdict v where v.notice_id = n.id) as verdicts
         from portico.deprecation_notice n where n.audience = 'PUBLIC' order by n.id
       ) n) as notices,
       (select coalesce(json_agg(o), '[]') from portico.opted_out() o) as opt_outs,
       (select coalesce(json_agg(json_build_object('version', v.version, 'verdict', v.verdict, 'decidedAt', extract(epoch from v.decided_at) * 1000) order by v.decided_at, v.id), '[]')
         from portico.removal_verdict v where v.gate = 'RETIREMENT') as retirements`,
  );
  const { revision, notices, opt_outs: optOuts, retirements } = row!;
  const registered = notices.map(({ verdicts, registeredAt, ...notice }): RegisteredNotice => ({ notice, registeredAt, verdicts }));
  return new RegistrySnapshot(revision, registered, optOuts, retirements);
}
