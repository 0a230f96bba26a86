-- What may be shared and why: the kinds of people's data, and the purposes that the marketplace lets
-- partners ask for. No tenant's: a sandbox obeys the very same catalogue as live, so that a rehearsal
-- cannot pass what the real thing refuses.
create table portico.data_category (
  -- As `@consent` names it in the schema, e.g. order.history.
  code text collate "C" primary key check (code ~ '^[a-z]{2,30}\.[a-z_]{2,30}$'),
  -- What people read on the consent page, by language: {"en": ..., "de": ...}.
  title jsonb not null check (title ? 'en' and title ? 'de'),
  -- A made-up value that shows what a partner would see, by language.
  example jsonb not null check (example ? 'en' and example ? 'de'),
  -- Who in the marketplace answers for it.
  owner text not null check (length(btrim(owner)) between 1 and 200),
  sensitivity text not null check (sensitivity in ('ORDINARY', 'SENSITIVE', 'SPECIAL')),
  -- Class of the Personal Data categories of the W3C Data Privacy Vocabulary.
  dpv_class text not null check (dpv_class ~ '^https://w3id\.org/dpv/'),
  -- Whether its values are of a day, so that a lookback means something.
  dated boolean not null,
  -- Longest that a partner keeps what it received, after the grant has ended.
  retention_days integer not null check (retention_days between 0 and 3650),
  -- Wall time.
  changed_at timestamptz not null,
  changed_by text not null check (length(btrim(changed_by)) between 1 and 200)
);
grant select, insert, update on portico.data_category to portico_service;

-- A purpose as it was worded and bounded at a time. A published version is never changed: what people
-- agreed to must stay what they read. A new one takes its place, and grants under the old one stay theirs.
create table portico.purpose_version (
  purpose text collate "C" not null check (purpose ~ '^[a-z][a-z0-9_]{2,39}$'),
  version integer not null check (version > 0),
  -- By language: a title of a few words, one sentence that says what for, and what the person will notice.
  title jsonb not null check (title ? 'en' and title ? 'de'),
  sentence jsonb not null check (sentence ? 'en' and sentence ? 'de'),
  benefit jsonb not null check (benefit ? 'en' and benefit ? 'de'),
  -- What still works for somebody who says no.
  without jsonb not null check (without ? 'en' and without ? 'de'),
  dpv_class text not null check (dpv_class ~ '^https://w3id\.org/dpv'),
  categories text[] not null check (cardinality(categories) > 0),
  max_level text not null check (max_level in ('COUNT', 'OVERLAP', 'RECORD')),
  -- How far back rows may lie; null is without end.
  max_lookback_days integer check (max_lookback_days > 0),
  max_precision text not null check (max_precision in ('COARSE', 'EXACT')),
  -- Longest that one grant may last, and the shortest that serves the purpose at all.
  max_duration_days integer not null check (max_duration_days between 1 and 365),
  useful_days integer not null check (useful_days between 0 and max_duration_days),
  -- The data protection impact assessment (GDPR, article 35): where it is, whose it is and of when.
  assessment text check (length(btrim(assessment)) between 1 and 500),
  assessed_by text,
  assessed_at timestamptz,
  drafted_by text not null,
  drafted_at timestamptz not null,
  published_by text,
  -- From when on it is asked for, in the time of each environment; the other instants are wall time.
  effective_from timestamptz,
  -- From when on nobody may ask for it any more, in the time of each environment.
  retired_at timestamptz,
  primary key (purpose, version),
  check (num_nulls(assessment, assessed_by, assessed_at) in (0, 3)),
  check ((effective_from is null) = (published_by is null)),
  constraint purpose_version_needs_assessment check (effective_from is null or assessment is not null)
);
grant select, insert, update on portico.purpose_version to portico_service;

create function portico.refuse_published_change() returns trigger language plpgsql as $$
begin
  if old.effective_from is not null and to_jsonb(new) - 'retired_at' is distinct from to_jsonb(old) - 'retired_at' then
    raise exception 'version % of purpose % is published: publish another', old.version, old.purpose using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger published_stays before update on portico.purpose_version for each row execute function portico.refuse_published_change();

-- The purposes that an integration is approved for.
create table portico.integration_purpose (
  environment_id portico.id not null,
  partner_id portico.id not null,
  integration_id portico.id not null,
  purpose text collate "C" not null,
  -- Environment time, both.
  approved_at timestamptz not null,
  withdrawn_at timestamptz check (withdrawn_at >= approved_at),
  approved_by text not null,
  primary key (environment_id, integration_id, purpose),
  foreign key (environment_id, partner_id, integration_id) references portico.integration (environment_id, partner_id, id)
);
call portico.protect_tenant_table('portico.integration_purpose', 'partner_id');
grant select, insert, update on portico.integration_purpose to portico_service;

-- What the marketplace has verified of a partner, for people to read before they decide.
create table portico.recipient_profile (
  environment_id portico.id not null,
  partner_id portico.id not null,
  legal_name text not null check (length(btrim(legal_name)) between 1 and 200),
  address text not null check (length(btrim(address)) between 1 and 500),
  -- Where it keeps data: countries after ISO 3166-1, two letters each.
  storage_countries text[] not null check (cardinality(storage_countries) between 1 and 50),
  contact text not null check (length(btrim(contact)) between 1 and 200),
  privacy_url text not null check (privacy_url ~ '^https://'),
  -- Environment time.
  verified_at timestamptz not null,
  verified_by text not null,
  primary key (environment_id, partner_id),
  foreign key (environment_id, partner_id) references portico.partner (environment_id, id)
);
call portico.protect_tenant_table('portico.recipient_profile', 'partner_id');
grant select, insert, update on portico.recipient_profile to portico_service;

insert into portico.data_category (code, title, example, owner, sensitivity, dpv_class, dated, retention_days, changed_at, changed_by)
values
  ('person.name', '{"en": "Your name", "de": "Ihr Name"}', '{"en": "Mina Vogel", "de": "Mina Vogel"}', 'Customer accounts', 'ORDINARY', 'https://w3id.org/dpv/pd#Name', false, 30, '2026-01-01T00:00:00Z', 'Portico'),
  ('contact.email', '{"en": "Your email address", "de": "Ihre E-Mail-Adresse"}', '{"en": "mina@mail.example", "de": "mina@mail.example"}', 'Customer accounts', 'ORDINARY', 'https://w3id.org/dpv/pd#EmailAddress', false, 30, '2026-01-01T00:00:00Z', 'Portico'),
  ('contact.phone', '{"en": "Your phone number", "de": "Ihre Telefonnummer"}', '{"en": "+49 30 5550101", "de": "+49 30 5550101"}', 'Customer accounts', 'ORDINARY', 'https://w3id.org/dpv/pd#TelephoneNumber', false, 30, '2026-01-01T00:00:00Z', 'Portico'),
  ('order.history', '{"en": "What you bought", "de": "Was Sie gekauft haben"}', '{"en": "3 May: a rain jacket for 59.90 EUR", "de": "3. Mai: eine Regenjacke für 59,90 EUR"}', 'Orders', 'SENSITIVE', 'https://w3id.org/dpv/pd#PurchasesAndSpendingHabit', true, 30, '2026-01-01T00:00:00Z', 'Portico'),
  ('preference.shopping', '{"en": "Your shopping preferences", "de": "Ihre Einkaufsvorlieben"}', '{"en": "Shoe size 39, vegan products", "de": "Schuhgröße 39, vegane Produkte"}', 'Customer accounts', 'SENSITIVE', 'https://w3id.org/dpv/pd#Preference', false, 30, '2026-01-01T00:00:00Z', 'Portico'),
  ('location.coarse', '{"en": "Your town or region", "de": "Ihr Ort oder Ihre Region"}', '{"en": "Leipzig, Germany", "de": "Leipzig, Deutschland"}', 'Delivery', 'SENSITIVE', 'https://w3id.org/dpv/pd#Location', true, 30, '2026-01-01T00:00:00Z', 'Portico'),
  ('support.case', '{"en": "Your questions to customer service", "de": "Ihre Anfragen an den Kundendienst"}', '{"en": "12 June: parcel arrived damaged, solved", "de": "12. Juni: Paket beschädigt, gelöst"}', 'Customer service', 'SENSITIVE', 'https://w3id.org/dpv/pd#Communication', true, 30, '2026-01-01T00:00:00Z', 'Portico');
