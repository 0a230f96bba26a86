-- Nearly every request is charged, so the index of all requests finds the charges as well, and a row
-- is written into one index less.
drop index portico.request_log_charges;
