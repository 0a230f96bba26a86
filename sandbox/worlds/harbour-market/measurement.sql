-- Harbour Market, the measurement's share.
select portico.settle_measurement(current_setting('portico.world_environment_id'));
