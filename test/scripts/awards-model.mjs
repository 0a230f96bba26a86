/**
 * What awards come to, one after the other, in plain numbers and by nothing that the platform uses.
 *
 * Whoever is given what does not suffice for all follows from the order in which the gateways came to it: those are taken as
 * they were given, each must have been within the budget, and none may be left that the rest would have paid.
 */
export function modelOf({ claims, funded, verdictOf, given }) {
  const accounts = new Map();
  const transactions = new Map();
  const awards = new Map();
  const move = (kind, from, to, amountMinor) => {
    if (from.startsWith('BUDGET') && (accounts.get(from) ?? 0) < amountMinor) throw new Error(`The model's ${from} does not hold ${amountMinor}.`);
    accounts.set(from, (accounts.get(from) ?? 0) - amountMinor);
    accounts.set(to, (accounts.get(to) ?? 0) + amountMinor);
    if (kind) transactions.set(kind, (transactions.get(kind) ?? 0) + 1);
  };
  for (const [currency, amountMinor] of Object.entries(funded)) move(null, `SOURCE ${currency}`, `BUDGET ${currency}`, amountMinor);

  const nameOf = ({ partnerId, milestoneId }) => `${partnerId} ${milestoneId}`;
  const places = new Map(given.map((award, place) => [nameOf(award), place]));
  const place = claim => places.get(nameOf(claim)) ?? Infinity;
  // Whatever was given first, in that order; the rest behind it.
  for (const claim of claims.toSorted((a, b) => (place(a) === place(b) ? 0 : place(a) - place(b)))) {
    const { currency, amountMinor, partnerId } = claim;
    const name = nameOf(claim);
    if (awards.has(name)) throw new Error(`The model is asked for ${name} twice.`);
    const verdict = verdictOf(claim);
    if (currency === null) {
      awards.set(name, 'null null REWARDED');
      continue;
    }
    const [budget, accrued, payable] = [`BUDGET ${currency}`, `ACCRUED ${currency} ${partnerId}`, `PAYABLE ${currency} ${partnerId}`];
    if (accounts.get(budget) < amountMinor) continue;
    move('ACCRUAL', budget, accrued, amountMinor);
    if (verdict === 'VOIDED') move('VOIDING', accrued, budget, amountMinor);
    if (verdict === 'APPROVED' || verdict.endsWith('TAKEN_BACK')) move('POSTING', accrued, payable, amountMinor);
    if (verdict === 'TAKEN_BACK') move('CLAWBACK', payable, budget, amountMinor);
    if (verdict === 'HALF_TAKEN_BACK') move('CLAWBACK', payable, budget, Math.floor(amountMinor / 2));
    awards.set(name, `${amountMinor} ${currency} ${verdict === 'TAKEN_BACK' ? 'REVERSED' : 'REWARDED'}`);
  }
  for (const [account, balance] of accounts) if (balance === 0) accounts.delete(account);
  return { accounts, transactions, awards };
}
