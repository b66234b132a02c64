-- As whom and at which port a probe was made: a setting or a mapping may say otherwise than the instance's row.
ALTER TABLE ssh_probe ADD COLUMN probed_user TEXT;
ALTER TABLE ssh_probe ADD COLUMN probed_port INTEGER CHECK (typeof(probed_port) IN ('integer', 'null'));
