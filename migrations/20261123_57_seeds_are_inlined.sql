-- A world is some thirty thousand ids and dice. As they were written, each cost the start of an executor:
-- `text || integer` and `convert_to` are not immutable in PostgreSQL, so a function that says that it is
-- cannot be inlined with them in it. These give the same values and are expressions of the statement.

create or replace function portico.seeded_id(prefix text, namespace text, seed integer, ordinal bigint) returns text
language sql immutable parallel safe
return prefix || '_' || translate(
  left(encode(sha256((seed::text || ':' || prefix || ':' || ordinal::text)::bytea), 'base64'), 24),
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/', namespace || namespace);

create or replace function portico.seeded_fraction(seed integer, label text, ordinal bigint) returns double precision
language sql immutable parallel safe
return (('x' || left(md5(seed::text || ':' || label || ':' || ordinal::text), 8))::bit(32)::bigint)::double precision / 4294967296.0;
