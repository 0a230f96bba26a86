/** The SQL of the public roadmap. */
import type { Tx } from '../platform/postgres/database.ts';

export interface PublicVersion {
  readonly version: number;
  readonly ruleHash: string;
  readonly effectiveOn: string;
  readonly why: string;
}

export interface PublicRoadmapItem {
  readonly id: string;
  readonly title: string;
  readonly userOutcome: string;
  readonly criteria: string;
  readonly rewardKind: 'FINANCIAL' | 'REPUTATIONAL' | 'CAPABILITY';
  readonly state: 'PLANNED' | 'ANNOUNCED' | 'OPEN' | 'CLOSED';
  readonly announcedOn: string | null;
  readonly opensOn: string;
  readonly closesOn: string | null;
  /** Of the milestone that it is about, the newest first; empty while its rule is not written. */
  readonly versions: readonly PublicVersion[];
  /** How near the partner that asks has come in its present period, 0 to 100; null where nobody asks or nothing counts. */
  readonly percent: number | null;
}

const MAX_ITEMS = 100;

/** What the program of an environment will offer, offers and offered, by the day it opens; with the
    partner's progress where one is given. */
export const loadRoadmap = (tx: Tx, environmentId: string, { today, partnerId }: { today: string; partnerId: string | null }): Promise<PublicRoadmapItem[]> =>
  tx.query<PublicRoadmapItem[]>(
    `select i.id, i.title, i.user_outcome as "userOutcome", i.criteria_summary as criteria, i.reward_kind as "rewardKind",
       case when i.closes_on <= $2::date then 'CLOSED' when i.opens_on <= $2::date then 'OPEN' when i.announced_on <= $2::date then 'ANNOUNCED' else 'PLANNED' end as state,
       i.announced_on::text as "announcedOn", i.opens_on::text as "opensOn", i.closes_on::text as "closesOn",
       coalesce((select json_agg(json_build_object('version', v.version, 'ruleHash', v.rule_hash, 'effectiveOn', v.effective_on, 'why', v.why) order by v.version desc)
         from portico.milestone_version v where v.environment_id = $1 and v.milestone_id = i.milestone_id), '[]') as versions,
       (select max(g.percent_complete) from portico.milestone_progress g where g.environment_id = $1 and g.partner_id = $3 and g.milestone_id = i.milestone_id
         and g.period in ('ONCE', to_char($2::date, 'YYYY"-Q"Q'))) as percent
     from portico.roadmap_item i where i.environment_id = $1 order by i.opens_on, i.id limit ${MAX_ITEMS}`,
    [environmentId, today, partnerId],
  );
