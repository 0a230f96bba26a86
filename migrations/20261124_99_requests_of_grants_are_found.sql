-- A person's request may be about a grant, and is looked for when that goes.
create index rights_request_of_grant on portico.rights_request (environment_id, grant_id) where grant_id is not null;
