-- What the machine shows when what was asked of it is done, so that it is recognised after a restart: digests, and the
-- size of a disk (lifecycle/traces.hpp). NULL: of an older version, or nothing can be seen.
ALTER TABLE operation_attempt ADD COLUMN traces TEXT;
