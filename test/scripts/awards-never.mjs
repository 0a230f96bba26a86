/** What a database of awards never holds, whatever happened to it: each statement finds the rows that break its rule. */
export const NEVER = {
  'transactions that do not sum to zero': `select t.id from portico.ledger_transaction t left join portico.ledger_posting p on p.environment_id = t.environment_id and p.transaction_id = t.id
    group by t.environment_id, t.id having coalesce(sum(p.amount_minor), 1) <> 0 or count(p) < 2`,
  'a sum of all that is not zero': 'select currency from portico.ledger_posting group by environment_id, currency having sum(amount_minor) <> 0',
  'balances below zero': `select p.account_id from portico.ledger_posting p join portico.ledger_account a on a.environment_id = p.environment_id and a.id = p.account_id where p.balance_minor < 0 and a.kind <> 'SOURCE'`,
  'chains that do not add up': `select account_id from (select account_id, sequence, balance_minor, sum(amount_minor) over w as added, row_number() over w as place
    from portico.ledger_posting window w as (partition by environment_id, account_id order by sequence)) p where added <> balance_minor or place <> sequence`,
  'double awards': 'select milestone_id from portico.award group by environment_id, milestone_id, partner_id, period having count(*) > 1',
  'pending money that ended twice': 'select resolves_id from portico.ledger_transaction where resolves_id is not null group by environment_id, resolves_id having count(*) > 1',
  'awards of money without their accrual, and accruals without an award': `select coalesce(a.id, t.source_id) from (select * from portico.award where amount_minor is not null) a
    full join (select * from portico.ledger_transaction where kind = 'ACCRUAL') t on t.environment_id = a.environment_id and t.source_id = a.id where a.id is null or t.id is null`,
  'rewarded results without an award': `select g.id from portico.milestone_progress g where g.state in ('REWARDED', 'REVERSED') and not exists (select from portico.award a
    where a.environment_id = g.environment_id and a.integration_id = g.integration_id and a.milestone_id = g.milestone_id and a.period = g.period)`,
};

/** What each account holds, by its kind, its currency and whose it is. */
export async function balances(query, environmentId) {
  const rows = await query(
    `select distinct on (a.id) concat_ws(' ', a.kind, a.currency, a.partner_id) as name, p.balance_minor::float8 as balance from portico.ledger_account a
     join portico.ledger_posting p on p.environment_id = a.environment_id and p.account_id = a.id where a.environment_id = $1 order by a.id, p.sequence desc`,
    [environmentId],
  );
  return new Map(rows.filter(({ balance }) => balance !== 0).map(({ name, balance }) => [name, balance]));
}
