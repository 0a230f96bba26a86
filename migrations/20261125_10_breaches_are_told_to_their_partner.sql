-- A partner sees that a breach of its own is open, whom it concerns and who was told; what the marketplace
-- wrote down about it, it does not write to anybody.
create policy recipient on portico.breach for select
  using ((environment_id = (select current_setting('portico.environment_id', true))) is true and (select current_setting('portico.partner_id', true)) = partner_id);

-- Through the breach alone, as far as that is seen.
create policy recipient on portico.breach_notification for select
  using ((environment_id = (select current_setting('portico.environment_id', true))) is true
    and exists (select from portico.breach b where b.environment_id = breach_notification.environment_id and b.id = breach_notification.breach_id));
